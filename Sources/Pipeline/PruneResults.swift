package import BatchCore
import DurableFiles
package import Ledgers
package import Spooling
import SystemPackage

/// Results that were kept for long enough: they go, and `finished.jsonl` says what they were.
extension Spool {
    /// Before the name of a directory that is being removed: no job's name begins so.
    private static let goneMark = ".gone-"

    /// The jobs whose results are to go, the oldest first: none that the book does not have, and none of which
    /// anything is still in processing/.
    package func outlived(_ retention: Retention, at now: Timestamp) throws -> [FinishedHead] {
        var there: Set<String> = []
        for parent in [done, rejected] { there.formUnion(try jobs(in: parent).map(\.name)) }
        there.subtract(try jobs().map(\.name))
        var heads: [FinishedHead] = []
        try FinishedBook(finished).heads { if there.remove($0.job) != nil { heads.append($0) } }
        heads.sort { ($0.finishedAt, $0.job) < ($1.finishedAt, $1.job) }
        var bytes = heads.reduce(0) { $0 + $1.sizeBytes }
        return Array(
            heads.prefix { head in
                let isOld = retention.keep.map { head.finishedAt + $0 < now } ?? false
                let isTooMuch = retention.keepBytes.map { bytes > $0 } ?? false
                bytes -= head.sizeBytes
                return isOld || isTooMuch
            })
    }

    /// By one rename each they are gone for all who look; then the files go. A crash between the two is mended by
    /// `removeGone`.
    func removeResults(of head: FinishedHead) throws(FileError) {
        for parent in [rejected, done] {
            let gone = parent.appending(Self.goneMark + head.job)
            if case .targetExists = try DurableFile.rename(parent.appending(head.job), to: gone) {
                try DurableFile.removeTree(gone)
                _ = try DurableFile.rename(parent.appending(head.job), to: gone)
            }
            try DurableFile.removeTree(gone)
        }
    }

    /// What a crash left of results that were being removed.
    func removeGone() throws(FileError) {
        for parent in [done, rejected] {
            for name in try DurableFile.list(parent) where name.starts(with: Self.goneMark.utf8) {
                try DurableFile.removeTree(parent.appending(nameBytes: name))
            }
        }
    }
}
