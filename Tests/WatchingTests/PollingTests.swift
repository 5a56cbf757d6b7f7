import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Watching

@Suite(
    "Where the kernel tells nothing we poll, say why once, and ask it again later", .serialized,
    .timeLimit(.minutes(6)))
struct PollingTests {
    private let directory: TemporaryDirectory
    private var inbox: FilePath { directory.inbox }
    private let events = LogEvents()
    private let pace: WatchPace = {
        var pace = patient
        pace.pollInterval = .milliseconds(20)
        pace.retryInterval = .milliseconds(100)
        return pace
    }()

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Four polls: at least one retry lies between them.
    private func polls(_ log: HintLog, because reason: String) async throws {
        for _ in 0..<10 {
            log.forget()
            try await log.wait(for: .polling)
        }
        #expect(!log.all.contains(.scan(.helperRestarted)))
        #expect(events.count("watch.polling") == 1)
        #expect(events.all.contains { $0.hasPrefix("watch.polling ") && $0.contains(reason) }, "\(events.all)")
    }

    @Test("asked for by the configuration")
    func asked() async throws {
        try await watching([inbox], pace: pace, polling: true, events: events) { log in
            try await polls(log, because: "polling was asked for")
        }
    }

    @Test("a network file system")
    func network() async throws {
        try await watching([inbox], pace: pace, events: events, networkFileSystem: { _ in "nfs" }) { log in
            try await polls(log, because: "\(inbox) is on nfs")
        }
    }

    @Test("no helper to be found")
    func notFound() async throws {
        try await watching([inbox], helper: nil, pace: pace, events: events) { log in
            try await polls(log, because: "bobbin-watch was not found")
        }
    }

    @Test("a helper that cannot be started")
    func notExecutable() async throws {
        try write(directory.beside.appending("helper"))
        try await watching([inbox], helper: directory.beside.appending("helper"), pace: pace, events: events) { log in
            try await polls(log, because: "\(directory.beside)/helper failed")
        }
    }

    @Test("a program that is not the helper")
    func notTheHelper() async throws {
        let script = try program("printf 'hello\\0'; exec sleep 1000")
        try await watching([inbox], helper: script, pace: pace, events: events) { log in
            try await polls(log, because: "does it belong to this version?")
        }
    }

    @Test("limits used up, and free again later")
    func limits() async throws {
        let helper = try #require(HelperLocation.find())
        let script = try program(
            "test -e \(directory.beside)/free && exec \(helper) \"$@\"; echo 'no inotify for this user' >&2; exit 69")
        try await watching([inbox], helper: script, pace: pace, events: events) { log in
            try await polls(log, because: "no inotify for this user")
            try write(directory.beside.appending("free"))
            try await log.wait(for: .helperRestarted)
            log.forget()
            try write(inbox.appending("a.jsonl"))
            try await log.wait(forLookAt: "a.jsonl", in: inbox)
        }
    }

    private func program(_ lines: String) throws -> FilePath {
        let path = directory.beside.appending("helper.sh")
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create], permissions: [.ownerReadWriteExecute])
        try file.closeAfter { _ = try file.writeAll("#!/bin/sh\n\(lines)\n".utf8) }
        return path
    }
}
