import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Watching

@Suite("More than fits becomes a scan, and events go on afterwards", .serialized, .timeLimit(.minutes(6)))
struct OverflowTests {
    private let directory: TemporaryDirectory
    private var inbox: FilePath { directory.inbox }

    init() throws {
        // In memory where there is one: tens of thousands of files are made.
        directory = try TemporaryDirectory(in: access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")
    }

    @Test("20,000 files while nobody reads the pipe: the kernel's queue runs over")
    func kernelQueue() async throws {
        let limit = try #require(Int(try line(of: "/proc/sys/fs/inotify/max_queued_events")))
        let helper = try RawHelper([inbox.string])
        try await helper.read("ready") { $0.contains(.ready) }
        // 16,384 by default; the pipe holds another thousand.
        for number in 0..<(limit + 4_000) { try make(inbox.appending("\(number)")) }
        try makeDirectory(inbox.appending("nightly"))  // its event is lost
        try await helper.read("overflow") { $0.contains(.hint(.scan(.overflow))) }
        let late = inbox.appending("nightly")
        try write(late.appending("late"))
        let hint = HelperFrame.hint(.look(directory: late, name: Array("late".utf8)))
        try await helper.read("late") { $0.contains(hint) }
        try helper.closeInput()
        #expect(try await helper.end().code == 0)
    }

    @Test("20,000 files while a delivery takes long: our queue runs over")
    func ourQueue() async throws {
        var pace = patient
        pace.bufferedHints = 100
        let log = HintLog()
        let (gate, allAreWritten) = AsyncStream.makeStream(of: Void.self)
        let watcher = Watcher(
            helper: HelperLocation.find(), directories: [inbox], pace: pace, logger: LogEvents().logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: CancellationError.self) {
                    try await watcher.run { hint in
                        log.add(hint)
                        if hint == .scan(.started) { for await _ in gate {} }
                    }
                }
            }
            try await log.wait(for: .started)
            for number in 0..<20_000 { try make(inbox.appending("\(number)")) }
            allAreWritten.finish()
            try await log.wait(for: .overflow)
            // While the rest still comes, this may be in another scan.
            try await eventually("a look at a late file") {
                try write(inbox.appending("late"))
                return log.has(.look(directory: inbox, name: Array("late".utf8)))
            }
            #expect(log.all.count < 20_000)
            group.cancelAll()
        }
    }

    /// An empty file: one event each.
    private func make(_ path: FilePath) throws { try must(mknod(path.string, S_IFREG | 0o600, 0)) }

    private func line(of path: FilePath) throws -> String {
        let file = try FileDescriptor.open(path, .readOnly)
        return try file.closeAfter {
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
            return String(decoding: bytes.prefix(count).prefix { $0 != 0x0A }, as: UTF8.self)
        }
    }
}
