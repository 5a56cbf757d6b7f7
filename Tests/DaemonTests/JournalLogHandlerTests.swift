import Daemon
import Glibc
import Logging
import TestSupport
import Testing

@Suite("The log goes to the journal where standard error is the journal's, else to standard error")
struct JournalLogHandlerTests {
    private func logger(_ destination: LogDestination, level: Logger.Level = .info) -> Logger {
        Logger(label: "test", factory: { _ in JournalLogHandler(to: destination, level: level) })
    }

    private func destination(stream: String?, standardError: Int32, journal: String) -> LogDestination {
        LogDestination.chosen(
            variable: { $0 == "JOURNAL_STREAM" ? stream : nil }, standardError: standardError, journalSocket: journal)
    }

    @Test("to the journal, with the fields of the logger and of the call")
    func toJournal() throws {
        let (journal, standardError) = (try DatagramReceiver(DatagramReceiver.freshName()), try Pipe())
        var logger = logger(
            destination(
                stream: try standardError.identity(), standardError: standardError.writing, journal: journal.name))
        logger[metadataKey: "job"] = "a.jsonl"
        logger.notice("job.rejected", metadata: ["verdict": "rejected"])
        let entry = try journal.next().split(separator: "\n")
        #expect(entry.contains("JOB=a.jsonl") && entry.contains("VERDICT=rejected") && entry.contains("PRIORITY=5"))
    }

    @Test("to standard error without a prefix where that is something else", arguments: [nil, "1:2", "", "x"])
    func toStandardError(stream: String?) throws {
        let (journal, standardError) = (try DatagramReceiver(DatagramReceiver.freshName()), try Pipe())
        logger(destination(stream: stream, standardError: standardError.writing, journal: journal.name))
            .info("daemon.ready", metadata: ["spool": "/s p"])
        #expect(try standardError.text() == "INFO daemon.ready spool=\"/s p\"\n")
        #expect(journal.isSilent)
    }

    @Test("to the journal by standard error, with a priority, while its socket is away")
    func journalAway() throws {
        let standardError = try Pipe()
        let away = "/tmp/bobbin-test-no-such-journal"
        logger(destination(stream: try standardError.identity(), standardError: standardError.writing, journal: away))
            .error("spool.full")
        #expect(try standardError.text() == "<3>ERROR spool.full\n")
    }

    @Test("below the level nothing is written")
    func level() throws {
        let standardError = try Pipe()
        let logger = logger(.lines(descriptor: standardError.writing, prefixed: false), level: .warning)
        logger.info("quiet")
        logger.warning("loud")
        #expect(try standardError.text() == "WARNING loud\n")
    }

    @Test(
        "the level is that of $BOBBIN_LOG, else info",
        arguments: [(nil, Logger.Level.info), ("", .info), ("debug", .debug), ("ERROR", .error)]
            as [(String?, Logger.Level)])
    func levelName(name: String?, level: Logger.Level) throws {
        #expect(try JournalLogHandler.level(named: name) == level)
    }

    @Test("a level that is none is refused, with those there are")
    func unknownLevel() {
        let error = #expect(throws: UnknownLogLevel.self) { try JournalLogHandler.level(named: "loud") }
        #expect(
            error?.description
                == "BOBBIN_LOG=loud is no level: use one of trace, debug, info, notice, warning, error, critical")
    }

    @Test("what a metadata provider knows is written too")
    func provider() throws {
        let standardError = try Pipe()
        let handler = JournalLogHandler(
            to: .lines(descriptor: standardError.writing, prefixed: false), level: .info,
            metadataProvider: Logger.MetadataProvider { ["job": "a"] })
        Logger(label: "test", factory: { _ in handler }).info("job.started")
        #expect(try standardError.text() == "INFO job.started job=a\n")
    }
}
