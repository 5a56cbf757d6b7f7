import Glibc
import Logging
import SystemPackage
import TestSupport
import Testing

@testable import Watching

/// A pace at which nothing happens by itself: what is seen comes from the helper.
let patient: WatchPace = {
    var pace = WatchPace()
    pace.scanInterval = .seconds(3600)
    return pace
}()

/// Runs a watcher on directories, waits for its first scan, and ends it after the body.
func watching(
    _ directories: [FilePath], helper: FilePath? = HelperLocation.find(), pace: WatchPace = patient,
    polling: Bool = false, events: LogEvents = LogEvents(),
    networkFileSystem: @escaping @Sendable (FilePath) throws -> String? = Watcher.byStatfs,
    _ body: (HintLog) async throws -> Void
) async throws {
    let watcher = Watcher(
        helper: helper, directories: directories, polling: polling, pace: pace, logger: events.logger,
        networkFileSystem: networkFileSystem)
    let log = HintLog()
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            await #expect(throws: CancellationError.self) { try await watcher.run { log.add($0) } }
        }
        try await log.wait(for: .started)
        #expect(log.all.first == .scan(.started), "the first hint is the scan")
        try await body(log)
        group.cancelAll()
    }
}

/// The helpers that watch this directory.
func helpers(on directory: FilePath) throws -> [pid_t] {
    var found: [pid_t] = []
    guard let processes = opendir("/proc") else { throw Errno(rawValue: errno) }
    defer { closedir(processes) }
    while let entry = readdir(processes) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        guard let process = pid_t(name), let file = fopen("/proc/\(name)/cmdline", "r") else { continue }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        let line = String(decoding: bytes.prefix(count), as: UTF8.self)
        let arguments = line.split(separator: "\0")
        if arguments.first?.hasSuffix(HelperLocation.name) == true, arguments.contains(Substring(directory.string)) {
            found.append(process)
        }
    }
    return found
}
