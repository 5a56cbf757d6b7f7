import BatchCore
import DurableFiles
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

    package init(_ spool: Spool) {
        self.spool = spool
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
        return (.passed, spool.root.printable)
    }

    private static let probe = ".bobbin-self-test"

    /// A file walks from inbox/ through all the others.
    private func rename() throws -> Finding {
        var place = spool.inbox.appending(Self.probe)
        try DurableFile.publish([], to: place, durable: false)
        defer { cleanUp() }
        for directory in all.dropFirst() + [spool.inbox] {
            let next = directory.appending(Self.probe)
            guard try DurableFile.rename(place, to: next) == .moved else {
                return (.failed, "\(next.printable) is there already: remove it")
            }
            place = next
        }
        return (.passed, "from inbox/ through processing/, done/ and rejected/")
    }

    private func noReplace() throws -> Finding {
        let (one, other) = (spool.processing.appending(Self.probe), spool.processing.appending(Self.probe + ".2"))
        defer { cleanUp() }
        try DurableFile.publish([], to: one, durable: false)
        try DurableFile.publish([], to: other, durable: false)
        guard try DurableFile.rename(one, to: other) == .targetExists else {
            return (.failed, "a rename replaced a file that was there")
        }
        return (.passed, "RENAME_NOREPLACE")
    }

    private func lease() throws -> Finding {
        let path = spool.inbox.appending(Self.probe)
        defer { cleanUp() }
        try DurableFile.publish([], to: path, durable: false)
        switch try WriterProbe.probe(path) {
        case .noWriter: return (.passed, "the kernel tells whether a file has a writer")
        default:
            return (
                .warning, "the kernel does not tell whether a file has a writer: files are claimed after quiet time"
            )
        }
    }

    private func fsync() throws -> Finding {
        defer { cleanUp() }
        try DurableFile.publish(Array("x".utf8), to: spool.processing.appending(Self.probe))
        return (.passed, "of a file and of its directory")
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
            for name in [Self.probe, Self.probe + ".2"] {
                do { try DurableFile.remove(directory.appending(name)) } catch {
                    // What cannot be removed now is found by the next self-test, which says so.
                    continue
                }
            }
        }
    }
}
