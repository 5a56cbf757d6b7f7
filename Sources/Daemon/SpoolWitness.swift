import DurableFiles
import Glibc
package import Ledgers
package import Spooling
package import SystemPackage

/// The spool and its witness, which knows it by its id and by its place.
extension Spool {
    /// The caller holds the lock: a spool without an id is given one.
    /// - Parameter directory: of witnesses; nil: there is none.
    package func witness(in directory: FilePath?) throws -> Witness? {
        // It may be unmounted while the daemon runs.
        if let directory { try refuseIfGone(knownIn: directory) }
        let id = try id()
        return try directory.map { try Witness(in: $0, id: id, spool: place) }
    }

    /// A spool that was worked in has its id. Where that is not, and somebody was seen to work at this place, an empty
    /// mount point would be taken for a new spool, and today's cap for unspent.
    func refuseIfGone(knownIn directory: FilePath) throws {
        guard try FileFacts(at: identity) == nil, let path = Witness.path(ofSpoolAt: place, in: directory) else {
            return
        }
        throw SpoolGone(spool: root.printable, witness: path.printable)
    }

    /// Its root, wherever who asks is working.
    private var place: FilePath {
        guard root.isRelative, let here = getcwd(nil, 0) else { return root.lexicallyNormalized() }
        defer { free(here) }
        return FilePath(String(cString: here)).pushing(root).lexicallyNormalized()
    }
}

/// The spool is not where it was: it is not made anew.
package struct SpoolGone: Error, CustomStringConvertible {
    let spool: String
    let witness: String

    package var description: String {
        "\(spool) has no spool.json, and a spool was worked in there: is it mounted? Mount it, or restore a backup. If "
            + "it is gone for good, remove \(witness): then a new one is made, and the caps of today are free again"
    }
}
