import BatchCore
import Daemon
import DurableFiles
import Glibc
import Logging
import SystemPackage
import TestSupport
import Testing

@Suite("The outbox remembers what was told, and what is still to be told, whatever happens to the process")
final class OutboxTests {
    private let directory: FilePath
    private let log = LogEvents()
    private var receivers: [NoticeReceiver: String] = [.webhook: "http://a", .exec: "tell"]

    init() throws {
        directory = FilePath("/tmp/bobbin-outbox-\(getpid())-\(UInt32.random(in: .min ... .max))")
        try DurableFile.makeDirectory(directory)
    }

    deinit {
        do { try DurableFile.removeTree(directory) } catch { print("left behind: \(error)") }
    }

    private var path: FilePath { Outbox.path(in: directory) }

    /// What a process that starts now has.
    private func open() -> Outbox {
        Outbox(
            in: directory, logger: log.logger, retryPause: .zero, now: WallClock.now,
            receivers: { [receivers] in receivers })
    }

    private func park(_ outbox: Outbox, _ job: String) {
        outbox.add("job.parked", ["job": job, "cause": "window"])
    }

    @Test("a notice outlives the process before anything is synced, and is gone for whom it was delivered to")
    func restart() throws {
        let first = open()
        park(first, "j")
        park(first, "j")
        let notice = try #require(first.pending(for: .webhook).first)
        first.note(delivered: notice, to: .webhook)
        let second = open()
        #expect(second.pending(for: .webhook).isEmpty && second.pending(for: .exec) == [notice])
        park(second, "j")
        #expect(second.pending(for: .exec).count == 1, "it was told before the restart")
    }

    @Test("what is to be sent is on disk for good when `sync` returns, and is synced once")
    func durable() {
        let outbox = open()
        park(outbox, "j")
        let faults = FileFaults(under: directory)
        defer { faults.remove() }
        #expect(faults.count(.fdatasync) == 0)
        outbox.sync()
        #expect(faults.count(.fdatasync) == 1)
        outbox.sync()
        #expect(faults.count(.fdatasync) == 1, "there is nothing new")
    }

    @Test("cut anywhere, it knows what was whole, and goes on")
    func everyCut() throws {
        var feed = NoticeFeed()
        var random = SeededGenerator(seed: 7)
        for _ in 0..<6 { feed.step(&random) }
        let bytes = feed.records.flatMap(\.line)
        var whole = NoticeMemory()
        var rest = feed.records[...]
        var wholeBytes = 0
        for cut in 0...bytes.count {
            while let next = rest.first, wholeBytes + next.line.count <= cut {
                whole.apply(next)
                wholeBytes += next.line.count
                rest.removeFirst()
            }
            try DurableFile.publish(Array(bytes[..<cut]), to: path, durable: false)
            let found = try Outbox.read(path)
            #expect(found.memory == whole && found.badLines == 0, "cut at \(cut)")
            guard cut % 97 == 0 else { continue }
            let outbox = open()
            park(outbox, "another")
            #expect(try Outbox.read(path).badLines == 0, "a record behind a torn one, cut at \(cut)")
            #expect(open().pending(for: .exec).last?.facts["job"] == "another", "cut at \(cut)")
        }
    }

    @Test("a file of any size is read at the next start")
    func large() throws {
        park(open(), "j")
        let records = try #require(try DurableFile.read(path))
        // What is no record is passed over at the speed of the disk, and is as long as the notices of days.
        let other = [UInt8](repeating: 0x78, count: 64 << 20)
        try DurableFile.publish(other + [UInt8(ascii: "\n")] + records, to: path, durable: false)
        #expect(open().pending(for: .webhook).map { $0.facts["job"] } == ["j"])
    }

    @Test("a damaged line is said and passed over, and its file is kept")
    func damage() throws {
        park(open(), "j")
        var bytes = try #require(try DurableFile.read(path))
        bytes[bytes.count / 3] ^= 1
        try DurableFile.publish(bytes, to: path)
        _ = open()
        #expect(log.count("outbox.damaged") == 1)
        let kept = try DurableFile.list(directory).map { String(decoding: $0, as: UTF8.self) }
            .filter { $0.contains(".damaged-") }
        #expect(kept.count == 1)
        #expect(try DurableFile.read(directory.appending(kept.first ?? "")) == bytes)
        _ = open()
        #expect(log.count("outbox.damaged") == 1, "it was written anew")
    }

    @Test("a full disk is said once, stops nothing, and loses nothing once there is space")
    func fullDisk() throws {
        let outbox = open()
        let faults = FileFaults(under: directory) { operation, _ in
            [.write, .open, .fdatasync].contains(operation) ? .error(ENOSPC) : nil
        }
        park(outbox, "j")
        park(outbox, "k")
        outbox.sync()
        #expect(outbox.pending(for: .webhook).count == 2, "told from memory")
        #expect(log.count("outbox.failed") == 1)
        faults.remove()
        #expect(try Outbox.read(path).memory.pending.isEmpty, "nothing of it is on disk yet")
        outbox.sync()
        #expect(try Outbox.read(path).memory.pending.count == 2)
        #expect(log.count("outbox.recovered") == 1)
    }

    @Test("an outbox that cannot be opened works from memory")
    func unusable() {
        let faults = FileFaults(under: directory) { operation, _ in operation == .open ? .error(EACCES) : nil }
        defer { faults.remove() }
        let outbox = open()
        park(outbox, "j")
        outbox.sync()
        #expect(outbox.pending(for: .webhook).count == 1 && log.count("outbox.failed") >= 1)
    }

    @Test("a receiver that is gone is told nothing more at that address, and its address is not written down")
    func gone() throws {
        receivers = [.webhook: "http://a?secret"]
        let outbox = open()
        park(outbox, "j")
        outbox.giveUp(.webhook, at: "http://a?secret")
        park(outbox, "k")
        #expect(outbox.pending(for: .webhook).isEmpty)
        let text = String(decoding: try DurableFile.read(path) ?? [], as: UTF8.self)
        #expect(!text.contains("secret"))
        let later = open()
        park(later, "l")
        #expect(later.pending(for: .webhook).isEmpty)
        receivers = [.webhook: "http://b"]
        let moved = open()
        park(moved, "m")
        #expect(moved.pending(for: .webhook).count == 1)
    }

    @Test("the log hears of every event first, of a known fact not again, and of a quiet one when it asks for it")
    func handler() {
        let outbox = open()
        var logger = Logger(label: "test") { _ in NotifyingLogHandler(self.log.logger.handler, outbox: outbox) }
        let facts: Logger.Metadata = ["day": "2026-11-24", "threshold": "0.5"]
        for _ in 0..<2 { logger.warning("budget.threshold", metadata: facts) }
        for _ in 0..<2 { logger.warning("job.parked", metadata: ["job": "j", "cause": "window"]) }
        logger.info("job.resumed", metadata: ["job": "another"])
        logger.info("daemon.ready")
        #expect(log.count("budget.threshold") == 1 && log.count("job.parked") == 2)
        #expect(log.count("job.resumed") == 0 && log.count("daemon.ready") == 1)
        #expect(outbox.pending(for: .exec).map(\.event) == ["budget.threshold", "job.parked"])
        logger.logLevel = .error
        logger.info("job.resumed", metadata: ["job": "j"])
        #expect(log.count("job.resumed") == 0 && outbox.pending(for: .exec).count == 3)
    }
}
