import BatchCore
import Gates
import Glibc

/// What the gate costs: N answers of a kilobyte, parsed, and then inspected by more and more checks, on one core.
/// Prints for each set of checks the ns of CPU time an answer, its ratio to the scan alone, and that to parsing the
/// answer. The scan alone is parsing the answer, and one scan of the input line where a check wants it.
@main
enum GateBenchmark {
    static func main() throws {
        let count = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 0 : 1_000_000
        let samples = (0..<997).map(Sample.init)
        var tape = JSONTape()
        var rows = [
            Row(name: "parse the answer", needsLine: false) { sample, _ in
                ParsedAnswer(body: sample.body.span, url: .chatCompletions) != nil
            },
            Row(name: "parse the answer, scan the input line", needsLine: true) { sample, _ in
                do throws(JSONError) { try tape.scan(sample.line.span) } catch { return false }
                return ParsedAnswer(body: sample.body.span, url: .chatCompletions) != nil
            },
        ]
        for (name, needsLine, change) in Self.sets {
            var policy = GatePolicy()
            change(&policy.checks)
            let gate = try Gate(policy)
            rows.append(
                Row(name: name, needsLine: needsLine) { sample, workspace in
                    let answer = ParsedAnswer(body: sample.body.span, url: .chatCompletions)
                    let inspected = Inspected(answer, line: needsLine ? sample.line : nil, url: .chatCompletions)
                    return gate.inspect(inspected, by: "m", using: workspace) == nil
                })
        }
        // In turns, so that what else the machine does falls on all of them.
        for _ in 0..<rounds {
            for row in rows.indices { rows[row].nanoseconds += measure(count / rounds, samples, rows[row].accept) }
        }
        print("answers of \(samples[0].body.count) bytes, texts of \(samples[0].textBytes)", terminator: "")
        print(", input lines of \(samples[0].line.count)")
        print("ns an answer, to the scan alone, to parsing the answer")
        for row in rows {
            let scan = rows[row.needsLine ? 1 : 0].nanoseconds
            let nanoseconds = Int((row.nanoseconds / Double(rounds)).rounded())
            let ratios = [row.nanoseconds / scan, row.nanoseconds / rows[0].nanoseconds]
            print("\(nanoseconds)  \(ratios.map(shown).joined(separator: "  "))  \(row.name)")
        }
    }

    private static let rounds = 20

    private struct Row {
        let name: String
        let needsLine: Bool
        let accept: (Sample, Workspace) -> Bool
        /// Of one answer, summed over the rounds.
        var nanoseconds = 0.0
    }

    private static func shown(_ ratio: Double) -> String {
        let hundredths = Int((ratio * 100).rounded())
        return "\(hundredths / 100)." + (hundredths % 100 < 10 ? "0" : "") + "\(hundredths % 100)"
    }

    private typealias Set = (name: String, needsLine: Bool, change: (inout CheckPolicy) -> Void)

    private static var sets: [Set] {
        [
            ("parse + default checks", false, { _ in }),
            ("parse + all cheap checks of the answer", false, cheap),
            (
                "the same + response_format, tool_arguments, echo", true,
                {
                    cheap(&$0)
                    $0.echo = 0.8
                }
            ),
            (
                "the same + json_schema", true,
                {
                    cheap(&$0)
                    $0.echo = 0.8
                    $0.jsonSchema = schema
                }
            ),
        ]
    }

    private static func cheap(_ checks: inout CheckPolicy) {
        checks.refusalPhrases = ["I can't help with", "As an AI"]
        checks.json = true
        checks.mustMatch = [#""label":\s*"[a-z]+""#]
        checks.mustNotMatch = ["```", #"\bLATER\b"#]
        checks.minLength = 10
        checks.maxLength = 4000
        checks.labels = ["red", "green"]
        checks.labelsAt = JSONPointer("/label")
        checks.ranges = JSONPointer("/score").map { [NumberRange(at: $0, least: 0, greatest: 1)] } ?? []
        checks.scripts = ["Latin"]
        checks.maxRepeats = 8
    }

    private static let schema: SchemaFile? = {
        let text = """
            {"type":"object","required":["label","score","text"],"additionalProperties":false,
             "properties":{"label":{"enum":["red","green"]},"score":{"type":"number","minimum":0,"maximum":1},
             "text":{"type":"string","minLength":1}}}
            """
        do { return SchemaFile(path: "", schema: try JSONSchema(Array(text.utf8).span, strictly: true)) } catch {
            return nil
        }
    }()

    private static func measure(_ count: Int, _ samples: [Sample], _ accept: (Sample, Workspace) -> Bool) -> Double {
        let workspace = Workspace()
        var accepted = 0
        let begin = cpuNanoseconds()
        for number in 0..<count where accept(samples[number % samples.count], workspace) { accepted += 1 }
        let cost = (cpuNanoseconds() - begin) / Double(count)
        guard accepted == count else { fatalError("\(count - accepted) answers were found defective") }
        return cost
    }

    private static func cpuNanoseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}

/// An answer of about a kilobyte, and the line that asked for it.
private struct Sample {
    let body: [UInt8]
    let line: [UInt8]
    let textBytes: Int

    private static let words = [
        "order", "naïve", "parcel", "delivered", "Tuesday", "customer", "asked", "whether", "could", "be", "sent",
        "again", "because", "the", "first", "one", "arrived", "damaged", "at", "Köln", "station",
    ]

    init(_ number: Int) {
        var prose = ""
        var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 | 1
        while prose.utf8.count < 640 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            prose += Self.words[Int(state >> 33) % Self.words.count] + " "
        }
        let text = #"{"label":"green","score":0.\#(number),"text":"\#(prose)"}"#
        textBytes = text.utf8.count
        var writer = JSONWriter()
        writer.element(text)
        let content = String(decoding: writer.bytes, as: UTF8.self)
        let answer = """
            {"id":"chatcmpl-\(number)","object":"chat.completion","created":1790000000,"model":"m",\
            "choices":[{"index":0,"message":{"role":"assistant","content":\(content),"refusal":null},\
            "logprobs":null,"finish_reason":"stop"}],\
            "usage":{"prompt_tokens":120,"completion_tokens":160,"total_tokens":280}}
            """
        body = Array(answer.utf8)
        let prompt = "Say of ticket \(number) what colour it has. " + String(prose.reversed())
        let request = """
            {"custom_id":"\(number)","method":"POST","url":"/v1/chat/completions","body":{"model":"m",\
            "messages":[{"role":"user","content":"\(prompt)"}],"response_format":{"type":"json_object"}}}
            """
        line = Array(request.utf8)
    }
}
