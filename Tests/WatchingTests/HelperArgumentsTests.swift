import SystemPackage
import TestSupport
import Testing

@testable import Watching

@Suite("The helper watches the directories that it was given", .serialized, .timeLimit(.minutes(6)))
struct HelperArgumentsTests {
    @Test("an argument ends where its path ends")
    func terminated() {
        let path = FilePath("/spool/inbox")
        #expect(HelperProcess.terminated([path, path]) == [Array("/spool/inbox\0".utf8), Array("/spool/inbox\0".utf8)])
    }

    @Test("of any length: nothing that stands behind a path in memory is taken for a part of it")
    func anyLength() async throws {
        let parent = try TemporaryDirectory()
        let directories = (1...48).map { parent.beside.appending(String(repeating: "d", count: $0)) }
        for directory in directories { try makeDirectory(directory) }
        let events = LogEvents()
        try await watching(directories, events: events) { log in
            for directory in directories { try write(directory.appending("x")) }
            for directory in directories { try await log.wait(forLookAt: "x", in: directory) }
        }
        #expect(events.count("watch.restarting") == 0 && events.count("watch.polling") == 0)
    }
}
