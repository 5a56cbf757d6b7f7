import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Watching

@Suite("Subdirectories are watched one level deep, whenever they come", .serialized, .timeLimit(.minutes(6)))
struct DirectoryTests {
    private let directory: TemporaryDirectory
    private var inbox: FilePath { directory.inbox }
    private var lane: FilePath { inbox.appending("nightly") }

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test("one that was there")
    func present() async throws {
        try makeDirectory(lane)
        try await watching([inbox]) { log in
            try write(lane.appending("a.jsonl"))
            try await log.wait(forLookAt: "a.jsonl", in: lane)
        }
    }

    @Test("one that is made: what was put there before it was watched is found by a scan")
    func made() async throws {
        try await watching([inbox]) { log in
            try makeDirectory(lane)
            try write(lane.appending("early.jsonl"))
            try await log.wait(for: .directoryChanged(lane))
            try write(lane.appending("late.jsonl"))
            try await log.wait(forLookAt: "late.jsonl", in: lane)
        }
    }

    @Test("one that is moved in, and told under its new name when it is renamed")
    func renamed() async throws {
        try makeDirectory(directory.beside.appending("lane"))
        try await watching([inbox]) { log in
            try move(directory.beside.appending("lane"), lane)
            try await log.wait(for: .directoryChanged(lane))
            let weekly = inbox.appending("weekly")
            try move(lane, weekly)
            try await log.wait(for: .watchLost(lane))
            try await log.wait(for: .directoryChanged(weekly))
            try write(weekly.appending("a.jsonl"))
            try await log.wait(forLookAt: "a.jsonl", in: weekly)
            #expect(!log.all.contains(.look(directory: lane, name: Array("a.jsonl".utf8))))
        }
    }

    @Test("removed and made again, twice")
    func again() async throws {
        try makeDirectory(lane)
        try await watching([inbox]) { log in
            for name in ["a.jsonl", "b.jsonl"] {
                try must(rmdir(lane.string))
                try await log.wait(for: .watchLost(lane))
                log.forget()
                try makeDirectory(lane)
                try await log.wait(for: .directoryChanged(lane))
                try write(lane.appending(name))
                try await log.wait(forLookAt: name, in: lane)
                try must(unlink(lane.appending(name).string))
            }
        }
    }

    @Test("swapped with another: each is told under its own name")
    func swapped() async throws {
        let weekly = inbox.appending("weekly")
        try makeDirectory(lane)
        try makeDirectory(weekly)
        try write(lane.appending("was-nightly"))
        try await watching([inbox]) { log in
            try move(lane, directory.beside.appending("lane"))
            try move(weekly, lane)
            try move(directory.beside.appending("lane"), weekly)
            try await log.wait(for: .directoryChanged(weekly))
            for path in [lane, weekly] {
                try write(path.appending("a.jsonl"))
                try await log.wait(forLookAt: "a.jsonl", in: path)
            }
        }
    }

    @Test("moved out: lost, and what happens there is not told")
    func movedOut() async throws {
        try makeDirectory(lane)
        try await watching([inbox]) { log in
            try move(lane, directory.beside.appending("lane"))
            try await log.wait(for: .watchLost(lane))
            log.forget()
            try write(directory.beside.appending("lane").appending("a.jsonl"))
            try write(inbox.appending("mark"))
            try await log.wait(forLookAt: "mark", in: inbox)
            #expect(Set(log.all) == [.look(directory: inbox, name: Array("mark".utf8))])
        }
    }

    @Test("not those with a leading dot, not through symbolic links, not two levels down")
    func others() async throws {
        try makeDirectory(inbox.appending(".hidden"))
        try makeDirectory(directory.beside.appending("far"))
        try must(symlink(directory.beside.appending("far").string, inbox.appending("link").string))
        try makeDirectory(lane)
        try makeDirectory(lane.appending("deep"))
        try await watching([inbox]) { log in
            try makeDirectory(inbox.appending(".later"))
            try must(symlink(directory.beside.appending("far").string, inbox.appending("link2").string))
            for path in [inbox.appending(".hidden"), directory.beside.appending("far"), lane.appending("deep")] {
                try write(path.appending("a.jsonl"))
            }
            try write(inbox.appending("mark"))
            try await log.wait(forLookAt: "mark", in: inbox)
            #expect(!log.all.contains { if case .look(_, Array("a.jsonl".utf8)) = $0 { true } else { false } })
        }
    }

    @Test("a hundred that come and go at once")
    func many() async throws {
        try await watching([inbox]) { log in
            for number in 0..<100 {
                let path = inbox.appending("lane\(number)")
                try makeDirectory(path)
                try must(rmdir(path.string))
                try makeDirectory(path)
            }
            // The last one stands for all: events come in order.
            try await log.wait(for: .directoryChanged(inbox.appending("lane99")))
            for number in 0..<100 {
                try write(inbox.appending("lane\(number)").appending("a.jsonl"))
                try await log.wait(forLookAt: "a.jsonl", in: inbox.appending("lane\(number)"))
            }
        }
    }

    @Test("two directories given, one inside the other")
    func nested() async throws {
        try makeDirectory(lane)
        try await watching([inbox, lane]) { log in
            for path in [inbox, lane] {
                try write(path.appending("a.jsonl"))
                try await log.wait(forLookAt: "a.jsonl", in: path)
            }
        }
    }
}
