import BatchCore
import DurableFiles
import Glibc
package import Spooling
import SystemPackage
import Watching

/// Step 0: what the spool has to be able to do, tried out on it. Two directories can report the same device and still
/// not be one file system (bind mounts): only a rename tells.
package struct SelfTest: Sendable {
    package enum Status: String, Sendable {
        case passed, warning, failed
    }

    package struct Result: Sendable {
        package let name: String
        package let status: Status
        package let detail: String
    }

    private let spool: Spool
    private let newName: @Sendable () -> String

    /// - Parameter newName: of a probe; new each time. A fixed name would let whoever may write into inbox/ keep the
    ///   daemon from starting, by one `mkdir`.
    package init(
        _ spool: Spool,
        newName: @escaping @Sendable () -> String = {
            prefix + String(UInt64.random(in: .min ... .max), radix: 36)
        }
    ) {
        self.spool = spool
        self.newName = newName
    }

    package func run() -> [Result] {
        // What a crash left of an earlier self-test.
        cleanUp()
        return [
            check("directories", directories), check("rename", rename), check("no-replace", noReplace),
            check("lease", lease), check("fsync", fsync), check("space", space), check("inotify", inotify),
        ]
    }

    private typealias Finding = (Status, String)

    private func check(_ name: String, _ body: () throws -> Finding) -> Result {
        do {
            let (status, detail) = try body()
            return Result(name: name, status: status, detail: detail)
        } catch {
            return Result(name: name, status: .failed, detail: "\(error)")
        }
    }

    private var all: [FilePath] { [spool.inbox, spool.processing, spool.done, spool.rejected] }

    private func directories() throws -> Finding {
        try spool.prepare()
        if let stranger = try lanesOfStrangers().first {
            return (
                .warning,
                "\(stranger.path.printable) belongs to uid \(stranger.uid), who can remove and rename what others drop "
                    + "there: make it the daemon's or root's, if others do"
            )
        }
        return (.passed, spool.root.printable)
    }

    /// Whoever makes the directory of a lane before the lane is configured is its owner.
    private func lanesOfStrangers() throws -> [(path: FilePath, uid: UInt32)] {
        let owners = [geteuid(), 0, try FileFacts(at: spool.inbox)?.uid]
        return try DurableFile.list(spool.inbox).compactMap { name in
            let path = spool.inbox.appending(String(decoding: name, as: UTF8.self))
            guard let facts = try FileFacts(at: path), facts.kind == .directory, !owners.contains(facts.uid) else {
                return nil
            }
            return (path, facts.uid)
        }
    }

    /// How the names of all probes begin: nobody claims them, and what a crash left of them is known by it.
    package static let prefix = ".bobbin-self-test-"
    private static let triesMax = 8

    /// - Parameter body: what is tried with a file of a name; throws EEXIST, or returns nil, where the name is taken.
    private func probing(_ body: (String) throws(FileError) -> Finding?) throws(FileError) -> Finding {
        for _ in 0..<Self.triesMax {
            let name = newName()
            defer { remove(name) }
            do throws(FileError) {
                if let finding = try body(name) { return finding }
            } catch {
                guard error.code == EEXIST else { throw error }
            }
        }
        return (.failed, "somebody takes every name that is tried: look into inbox/")
    }

    /// A file walks from inbox/ through all the others.
    private func rename() throws -> Finding {
        try probing { name throws(FileError) in
            var place = spool.inbox.appending(name)
            try make(place)
            for directory in all.dropFirst() + [spool.inbox] {
                let next = directory.appending(name)
                guard try DurableFile.rename(place, to: next) == .moved else { return nil }
                place = next
            }
            return (.passed, "from inbox/ through processing/, done/ and rejected/")
        }
    }

    private func make(_ path: FilePath) throws(FileError) {
        try DurableFile.publish([], to: path, replacing: false, durable: false)
    }

    private func noReplace() throws -> Finding {
        try probing { name throws(FileError) in
            let (one, other) = (spool.processing.appending(name), spool.done.appending(name))
            try make(one)
            try make(other)
            guard try DurableFile.rename(one, to: other) == .targetExists else {
                return (.failed, "a rename replaced a file that was there")
            }
            return (.passed, "RENAME_NOREPLACE")
        }
    }

    private func lease() throws -> Finding {
        try probing { name throws(FileError) in
            let path = spool.inbox.appending(name)
            try make(path)
            switch try WriterProbe.probe(path) {
            case .noWriter: return (.passed, "the kernel tells whether a file has a writer")
            default:
                return (
                    .warning, "the kernel does not tell whether a file has a writer: files are claimed after quiet time"
                )
            }
        }
    }

    private func fsync() throws -> Finding {
        try probing { name throws(FileError) in
            try DurableFile.publish(Array("x".utf8), to: spool.processing.appending(name), replacing: false)
            return (.passed, "of a file and of its directory")
        }
    }

    private func space() throws -> Finding {
        let facts = try FileSystemFacts(at: spool.root)
        let megabytes = facts.freeBytes >> 20
        let detail =
            "\(megabytes) MiB and \(facts.freeInodes.map(String.init) ?? "enough") inodes free on \(facts.name)"
        return (megabytes < 256 ? .warning : .passed, detail)
    }

    private func inotify() throws -> Finding {
        if try FileSystemFacts(at: spool.inbox).isNetwork {
            return (.warning, "the inbox is on a network file system: it is polled")
        }
        guard let helper = HelperLocation.find() else {
            return (.warning, "\(HelperLocation.name) is not beside bobbin: the inbox is polled")
        }
        return (.passed, helper.printable)
    }

    private func cleanUp() {
        for directory in all {
            do throws(FileError) {
                for name in try DurableFile.list(directory) where name.starts(with: Self.prefix.utf8) {
                    remove(String(decoding: name, as: UTF8.self))
                }
            } catch {
                // A directory that is missing or closed is what the tests themselves find.
                continue
            }
        }
    }

    private func remove(_ name: String) {
        for directory in all {
            // What is no file of ours stays, and is in nobody's way: the next probe has another name.
            do throws(FileError) { try DurableFile.remove(directory.appending(name)) } catch { continue }
        }
    }
}
