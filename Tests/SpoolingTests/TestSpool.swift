import BatchCore
import DurableFiles
import Glibc
import Spooling
import SystemPackage

/// A spool in a directory of its own, removed with the object.
final class TestSpool: Sendable {
    let spool: Spool
    let time = Timestamp("2026-11-24T10:00:00Z") ?? Timestamp(seconds: 0)

    init() throws {
        let base = FilePath(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")
        let path = base.appending("s\(UInt32.random(in: .min ... .max))")
        try DurableFile.makeDirectory(path)
        spool = Spool(path)
        try spool.prepare()
    }

    deinit {
        do { try DurableFile.removeTree(spool.root) } catch { print("left behind: \(error)") }
    }

    /// Puts a file into the inbox under a name.
    @discardableResult
    func drop(_ text: String, as name: String = "a.jsonl") throws -> Arrival {
        try DurableFile.publish(Array(text.utf8), to: spool.inbox.appending(name), durable: false)
        return Arrival(directory: spool.inbox, name: Array(name.utf8), lane: Lane.defaultName)
    }

    func facts(_ arrival: Arrival) throws -> FileFacts {
        guard let facts = try FileFacts(at: arrival.path) else { throw Missing(path: arrival.path) }
        return facts
    }

    func id(of arrival: Arrival, _ random: UInt8 = 0) -> JobID {
        JobID(deliveredName: arrival.name, at: time, random: Array(repeating: random, count: 6))
    }

    func names(_ directory: FilePath) throws -> [String] {
        try DurableFile.list(directory).map { String(decoding: $0, as: UTF8.self) }
    }

    func text(_ path: FilePath) throws -> String? {
        try DurableFile.read(path).map { String(decoding: $0, as: UTF8.self) }
    }
}

struct Missing: Error {
    let path: FilePath
}
