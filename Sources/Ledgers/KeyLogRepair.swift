package import BatchCore
import DurableFiles
package import SystemPackage

/// What a repair did to the files of a key log.
package struct RepairReport: Equatable, Sendable {
    package struct Segment: Equatable, Sendable {
        package var path: FilePath
        /// Where the damaged file stands now; nil: the file was gone, and an empty one stands in its place.
        package var setAside: FilePath?
        package var keptRecords: Int
        /// Bytes of the damaged file that are no record.
        package var lost: [Range<Int>]

        package var lostBytes: Int { lost.reduce(0) { $0 + $1.count } }
    }

    /// Those that were damaged; none: nothing was done.
    package var segments: [Segment] = []
    /// In all segments.
    package var keptRecords = 0

    package init() {}
}

extension KeyLog {
    /// Keeps every record that can be read, at whatever byte it stands, and sets each damaged file aside. A torn tail
    /// is no damage: the next writer cuts it. The caller holds the lock of the spool. A crash at any point leaves a log
    /// that is damaged as before, or repaired.
    /// - Parameter time: for the name of what is set aside: `keys-000001.log.damaged-TIME`.
    package static func repair(
        _ prefix: String, in directory: FilePath, at time: Timestamp
    ) throws(LedgerError) -> RepairReport {
        var report = RepairReport()
        let files = try KeySegments.files(prefix, in: directory)
        guard let last = files.last?.number else { return report }
        do throws(FileError) {
            for number in 1...last {
                let path = KeySegments.path(prefix, number, in: directory)
                guard files.contains(where: { $0.number == number }) else {
                    try forgetCheckpoint(prefix, in: directory)
                    try DurableFile.publish([], to: path, replacing: false)
                    report.segments.append(.init(path: path, setAside: nil, keptRecords: 0, lost: []))
                    continue
                }
                let scan = try RecordScan(of: path)
                report.keptRecords += scan.records
                guard scan.isDamaged(isLast: number == last) else { continue }
                // It counts records, and these get other numbers.
                try forgetCheckpoint(prefix, in: directory)
                let aside = try DurableFile.setAside(path, at: time)
                try scan.publish(to: path)
                report.segments.append(
                    .init(path: path, setAside: aside, keptRecords: scan.records, lost: scan.lost))
            }
        } catch {
            throw .file(error)
        }
        return report
    }

    private static func forgetCheckpoint(_ prefix: String, in directory: FilePath) throws(FileError) {
        try DurableFile.remove(directory.appending("\(prefix).index"))
        try DurableFile.syncDirectory(directory)
    }
}

extension DurableFile {
    /// A second name for a file that is damaged, so that it is never without its own; whoever writes it anew replaces
    /// that one.
    /// - Returns: `PATH.damaged-TIME`, with a number behind it where there is one of that name.
    static func setAside(_ path: FilePath, at time: Timestamp) throws(FileError) -> FilePath {
        let name = Array("\(path.lastComponent?.string ?? "").damaged-\(time.compact)".utf8)
        for attempt in 1... {
            let aside = path.parent.appending(nameBytes: name + (attempt == 1 ? [] : Array(".\(attempt)".utf8)))
            guard case .moved = try link(path, to: aside) else { continue }
            try syncDirectory(path.parent)
            return aside
        }
        return path
    }
}
