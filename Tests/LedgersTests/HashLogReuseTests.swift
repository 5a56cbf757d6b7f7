import BatchCore
import Ledgers
import Synchronization
import Testing

@Suite("The hash log knows how old an answer is, what came after it, and which files were rejected")
struct HashLogReuseTests {
    private let directory: LedgerDirectory
    private let clock = Clock()

    init() throws {
        directory = try LedgerDirectory()
    }

    private final class Clock: Sendable {
        private let seconds = Mutex<Int64>(1_795_514_400)
        var now: Timestamp { Timestamp(seconds: seconds.withLock { $0 }) }
        func advance() { seconds.withLock { $0 += 100 } }
    }

    private func log() throws -> FileHashLog {
        try FileHashLog(in: directory.path) { [clock] in clock.now }
    }

    private func stored(_ log: FileHashLog, _ number: Int) async throws -> StoredAnswer {
        guard case .accepted(let stored)? = try await log.recall([key(number)])[0] else {
            throw LedgerError.damaged(path: "", line: number, reason: "the key has no answer")
        }
        return stored
    }

    @Test("an outdated answer is replaced, by an equal one as well, and once")
    func outdated() async throws {
        let log = try log()
        let first = clock.now
        try await log.accept([(key(1), response(1)), (key(2), response(2))])
        clock.advance()
        try await log.accept([(key(1), response(7))], from: nil, replacing: false, outdated: first)
        #expect(try await stored(log, 1).recordedAt == first.seconds, "it is as old as that moment, not older")
        for _ in 0..<2 {
            try await log.accept(
                [(key(1), response(1)), (key(2), response(7))], from: nil, replacing: false,
                outdated: first + .seconds(1))
        }
        for log in [log, try self.log()] {
            #expect(try await stored(log, 1).recordedAt == clock.now.seconds)
            let answers = [try await stored(log, 1).locator, try await stored(log, 2).locator]
            #expect(try await log.response(at: answers[0], for: key(1)) == response(1))
            #expect(try await log.response(at: answers[1], for: key(2)) == response(7))
        }
        #expect(try directory.bytes("keys-000001.log").count == 4 * 64)
    }

    @Test("a defect after an accepted answer is known; one before it says nothing")
    func laterDefect() async throws {
        let log = try log()
        try await log.rememberDefects([key(1)])
        clock.advance()
        try await log.accept([(key(1), response(1))])
        #expect(try await !stored(log, 1).hasLaterDefect)
        clock.advance()
        for _ in 0..<2 { try await log.rememberDefects([key(1)]) }
        for log in [log, try self.log()] {
            #expect(try await stored(log, 1).hasLaterDefect)
        }
        #expect(try directory.bytes("defects-000001.log").count == 2 * 64)
    }

    @Test("a rejected file is known by its bytes, after a restart too, and is no request")
    func rejected() async throws {
        let log = try log()
        #expect(try await !log.wasRejected(key(1).digest))
        #expect(await !log.hasRejected)
        for _ in 0..<2 { try await log.rememberRejected(key(1).digest) }
        for log in [log, try self.log()] {
            #expect(try await log.wasRejected(key(1).digest))
            #expect(await log.hasRejected)
            #expect(try await !log.wasRejected(key(2).digest))
            #expect(try await log.recall([key(1)]) == [nil])
        }
        #expect(try directory.bytes("rejected-000001.log").count == 64)
    }
}
