import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Watching

@Suite(
    "Whatever becomes of the helper or the inbox, hints go on, and a scan covers the gap", .serialized,
    .timeLimit(.minutes(6)))
struct RestartTests {
    private let directory: TemporaryDirectory
    private var inbox: FilePath { directory.inbox }

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func goesOn(_ log: HintLog, _ name: String) async throws {
        try write(inbox.appending(name))
        try await log.wait(forLookAt: name, in: inbox)
    }

    @Test("the helper is killed, twice")
    func killed() async throws {
        let events = LogEvents()
        try await watching([inbox], events: events) { log in
            for name in ["a.jsonl", "b.jsonl"] {
                let running = try helpers(on: inbox)
                try #require(running.count == 1)
                try must(kill(running[0], SIGKILL))
                try await log.wait(for: .helperRestarted)
                log.forget()
                try await goesOn(log, name)
            }
        }
        #expect(events.all.contains { $0.contains("reason=the helper was ended by signal 9") })
    }

    @Test("the helper is stopped: the timer goes on without it, and it goes on when it may")
    func stopped() async throws {
        var pace = patient
        pace.scanInterval = .milliseconds(50)
        let events = LogEvents()
        try await watching([inbox], pace: pace, events: events) { log in
            // The first scan may be the timer's, before the helper was ready.
            try await eventually("the helper is ready") { events.count("watch.ready") == 1 }
            let running = try helpers(on: inbox)
            try #require(running.count == 1)
            try must(kill(running[0], SIGSTOP))
            log.forget()
            try await log.wait(for: .timer)
            try must(kill(running[0], SIGCONT))
            try await goesOn(log, "a.jsonl")
        }
    }

    @Test("the inbox is moved away and made again")
    func inboxMoved() async throws {
        try await watching([inbox]) { log in
            try move(inbox, directory.path.appending("old"))
            try await log.wait(for: .watchLost(inbox))
            try makeDirectory(inbox)
            try await log.wait(for: .helperRestarted)
            try await goesOn(log, "a.jsonl")
        }
    }

    @Test("the inbox is gone for longer: it is polled meanwhile, said once, and watched when it is back")
    func inboxGone() async throws {
        var pace = patient
        pace.pollInterval = .milliseconds(150)
        pace.longestRestart = .milliseconds(400)
        let events = LogEvents()
        try await watching([inbox], pace: pace, events: events) { log in
            try must(rmdir(inbox.string))
            try await log.wait(for: .polling)
            log.forget()
            try await log.wait(for: .polling)
            try makeDirectory(inbox)
            try await log.wait(for: .helperRestarted)
            try await goesOn(log, "a.jsonl")
        }
        #expect(events.count("watch.polling") == 1)
    }

    @Test("cancelled: no helper is left")
    func cancelled() async throws {
        try await watching([inbox]) { _ in
            let running = try helpers(on: inbox)
            #expect(running.count == 1)
        }
        #expect(try helpers(on: inbox).isEmpty)
    }

    @Test("a failing delivery ends the run with its error, and no helper is left")
    func failingDelivery() async throws {
        let watcher = Watcher(
            helper: HelperLocation.find(), directories: [inbox], pace: patient, logger: LogEvents().logger)
        await #expect(throws: NeverCame.self) { try await watcher.run { throw NeverCame(description: "\($0)") } }
        #expect(try helpers(on: inbox).isEmpty)
    }
}
