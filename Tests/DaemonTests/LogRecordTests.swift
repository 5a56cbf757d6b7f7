import Daemon
import Logging
import Testing

@Suite("A line on standard error is one line that says one thing")
struct LogRecordTests {
    private struct Trouble: Error, CustomStringConvertible { let description: String }

    private func line(_ metadata: Logger.Metadata, of logger: Logger.Metadata = [:], error: (any Error)? = nil)
        -> String
    {
        LogRecord(
            LogEvent(
                level: .warning, message: "job.parked", error: error, metadata: metadata, source: nil,
                file: "Daemon/X.swift", function: "f()", line: 1),
            metadata: logger
        ).text
    }

    @Test("the job first, what has no rank by name")
    func order() {
        let facts: Logger.Metadata = [
            "z": "1", "a": "2", "verdict": "v", "reason": "r", "lane": "l", "job": "j", "shard": "s",
        ]
        #expect(line(facts) == "WARNING job.parked job=j shard=s lane=l verdict=v reason=r a=2 z=1")
    }

    @Test("what the call says goes before what the logger carries")
    func precedence() {
        #expect(line(["job": "own"], of: ["job": "logger", "lane": "l"]) == "WARNING job.parked job=own lane=l")
    }

    @Test("an error is a fact")
    func error() {
        #expect(line([:], error: Trouble(description: "disk full")) == #"WARNING job.parked error="disk full""#)
    }

    @Test("arrays and dictionaries have one order")
    func nested() {
        let facts: Logger.Metadata = ["m": ["b": "2", "a": ["x", "y"]], "n": .stringConvertible(3)]
        #expect(line(facts) == #"WARNING job.parked m="{a: [x, y], b: 2}" n=3"#)
    }

    @Test(
        "a value cannot forge a line, a fact or a colour",
        arguments: [
            ("", #""""#), ("a b", #""a b""#), ("a=b", #""a=b""#), (#"a"b"#, #""a\"b""#), ("a\nb", #"a\nb"#),
            ("a\r\tb", #"a\r\tb"#), ("\u{1B}[31m", #"\u{1b}[31m"#), ("\u{9B}31m", #"\u{9b}31m"#),
            ("\0\u{7F}", #"\u{0}\u{7f}"#),
            ("\u{202E}txt.exe", #"\u{202e}txt.exe"#), ("\u{200B}", #"\u{200b}"#), ("\u{2028}", #"\u{2028}"#),
            (#"\n"#, #"\\n"#), ("grüße.jsonl", "grüße.jsonl"), ("日本", "日本"), ("\u{A0}", #"\u{a0}"#),
        ])
    func neutralised(value: String, shown: String) {
        #expect(line(["name": "\(value)"]) == "WARNING job.parked name=" + shown)
    }

    @Test("of any scalar values at all, one line comes out", arguments: UInt64(0)..<50)
    func anyValue(seed: UInt64) {
        var state = seed
        var text = String.UnicodeScalarView()
        for _ in 0..<200 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            if let scalar = Unicode.Scalar(UInt32(state >> 33) % (state % 2 == 0 ? 0x300 : 0x110000)) {
                text.append(scalar)
            }
        }
        let line = line(["name": "\(String(text))"])
        #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control }, "seed \(seed)")
        #expect(!line.contains { $0.isNewline }, "seed \(seed)")
    }
}
