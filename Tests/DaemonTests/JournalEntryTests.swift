import Daemon
import Logging
import Testing

@Suite("An event becomes a journal entry that queries find and people read")
struct JournalEntryTests {
    private func record(_ event: String, _ metadata: Logger.Metadata = [:], level: Logger.Level = .info) -> LogRecord {
        LogRecord(
            LogEvent(
                level: level, message: "\(event)", metadata: metadata, source: "Pipeline", file: "Pipeline/Run.swift",
                function: "run()", line: 12),
            metadata: [:])
    }

    private func fields(_ record: LogRecord) -> [String] {
        String(decoding: JournalEntry(record).bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("whole, field by field")
    func whole() {
        let entry = record(
            "job.accepted",
            ["lane": "nightly", "job": "a.20261124T000000Z.abcdef", "verdict": "accepted", "cost_usd": "0.01"])
        #expect(
            fields(entry) == [
                "MESSAGE=job accepted, its answers are in done/ (job=a.20261124T000000Z.abcdef lane=nightly"
                    + " verdict=accepted cost_usd=0.01)",
                "PRIORITY=6", "SYSLOG_IDENTIFIER=bobbin", "EVENT=job.accepted",
                "MESSAGE_ID=\(EventCatalogue.entry("job.accepted")!.messageID)", "CODE_FILE=Pipeline/Run.swift",
                "CODE_LINE=12", "JOB=a.20261124T000000Z.abcdef", "LANE=nightly", "VERDICT=accepted", "COST_USD=0.01",
            ])
    }

    @Test("an event outside the catalogue has its name as message and no MESSAGE_ID")
    func unknownEvent() {
        let entry = fields(record("request.sent", ["line": "3"], level: .debug))
        #expect(entry.first == "MESSAGE=request.sent (line=3)")
        #expect(entry.contains("PRIORITY=7"))
        #expect(!entry.contains { $0.hasPrefix("MESSAGE_ID") })
    }

    @Test("the reason follows the sentence")
    func reason() {
        let entry = record("job.parked", ["reason": "the cap of 25.00 USD is reached", "job": "a"])
        #expect(JournalEntry.message(entry) == "job parked: the cap of 25.00 USD is reached (job=a)")
    }

    @Test("a value with a line break goes by its length, and cannot start a field")
    func lineBreak() {
        let value = "one\nPRIORITY=0\nMESSAGE=forged"
        let bytes = JournalEntry(record("job.parked", ["reason": "\(value)"])).bytes
        let length = UInt64(value.utf8.count)
        let expected =
            Array("REASON\n".utf8) + (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
            + Array(value.utf8) + [10]
        #expect(Array(bytes.suffix(expected.count)) == expected)
        let message = bytes.prefix { $0 != 10 }
        #expect(String(decoding: message, as: UTF8.self).hasSuffix(#": one\nPRIORITY=0\nMESSAGE=forged"#))
    }

    @Test("a long value is cut, and says so")
    func longValue() {
        let entry = fields(record("x", ["body": "\(String(repeating: "a", count: 20_000))"]))
        #expect(entry.last == "BODY=" + String(repeating: "a", count: 16_384) + "… (3616 bytes more)")
    }

    @Test(
        "a key becomes a name that the journal takes",
        arguments: [
            ("job", "JOB"), ("custom_id", "CUSTOM_ID"), ("api-key.name", "API_KEY_NAME"), ("x2", "X2"),
            ("2x", "BOBBIN_2X"), ("_pid", "BOBBIN__PID"), ("", "BOBBIN_"), ("message", "BOBBIN_MESSAGE"),
            ("priority", "BOBBIN_PRIORITY"), ("é", "BOBBIN___"), ("a=b\nc", "A_B_C"),
            (String(repeating: "k", count: 99), String(repeating: "K", count: 64)),
        ])
    func fieldName(key: String, name: String) {
        #expect(JournalEntry.fieldName(key) == name)
    }

    @Test(
        "levels are syslog's",
        arguments: [
            (Logger.Level.trace, 7), (.debug, 7), (.info, 6), (.notice, 5), (.warning, 4), (.error, 3), (.critical, 2),
        ] as [(Logger.Level, Int32)])
    func priority(level: Logger.Level, priority: Int32) {
        #expect(record("x", level: level).priority == priority)
    }
}
