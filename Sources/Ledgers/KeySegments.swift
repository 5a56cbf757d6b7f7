import DurableFiles
import SystemPackage

/// The files `PREFIX-NNNNNN.log` of a key log, read as one row of records.
struct KeySegments {
    struct Segment {
        /// The NNNNNN of its name, from 1.
        let number: Int
        let path: FilePath
        /// The number of its first record in the row.
        let first: Int
        /// When it was opened; it may be no multiple of a record in the last.
        let sizeBytes: Int
        let reader: LineFile

        var wholeRecords: Int { sizeBytes / KeyRecord.size }
    }

    private let prefix: String
    let directory: FilePath
    /// In order. Behind the last that has a record there is none: an empty one was only prepared.
    private(set) var all: [Segment] = []

    /// - Throws: `.damaged` where a file in the middle is missing, or ends within a record.
    init(_ prefix: String, in directory: FilePath) throws(LedgerError) {
        self.prefix = prefix
        self.directory = directory
        var first = 0
        for (index, file) in try Self.files(prefix, in: directory).enumerated() {
            guard file.number == index + 1 else {
                throw .damaged(
                    path: Self.path(prefix, index + 1, in: directory).string, line: 1,
                    reason: "the file is gone, and later ones are there; \(Self.advice)")
            }
            let path = Self.path(prefix, file.number, in: directory)
            if let last = all.last, last.sizeBytes % KeyRecord.size != 0 {
                throw .damaged(
                    path: last.path.string, line: last.wholeRecords + 1,
                    reason: "it ends within a record; \(Self.advice)")
            }
            do throws(FileError) {
                all.append(
                    Segment(
                        number: file.number, path: path, first: first, sizeBytes: file.sizeBytes,
                        reader: try LineFile(path)))
            } catch {
                throw .file(error)
            }
            first += file.sizeBytes / KeyRecord.size
        }
    }

    static let advice = "`bobbin hashlog repair` keeps every record that can be read"

    static func path(_ prefix: String, _ number: Int, in directory: FilePath) -> FilePath {
        let digits = String(number)
        return directory.appending("\(prefix)-\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits).log")
    }

    /// The segments that are there, in order, without empty ones at the end.
    static func files(
        _ prefix: String, in directory: FilePath
    ) throws(LedgerError) -> [(number: Int, sizeBytes: Int)] {
        do throws(FileError) {
            guard try FileFacts(at: directory) != nil else { return [] }
            var files: [(number: Int, sizeBytes: Int)] = []
            let numbers = try DurableFile.list(directory).compactMap { number(of: $0, prefix) }.sorted()
            // From the end, as another process may write: a segment has its last size once a later one has a record.
            for number in numbers.reversed() {
                let size = try FileFacts(at: path(prefix, number, in: directory))?.sizeBytes ?? 0
                if size > 0 || !files.isEmpty { files.append((number, size)) }
            }
            return files.reversed()
        } catch {
            throw .file(error)
        }
    }

    private static func number(of name: [UInt8], _ prefix: String) -> Int? {
        let text = String(decoding: name, as: UTF8.self)
        guard text.hasPrefix("\(prefix)-"), text.hasSuffix(".log") else { return nil }
        let digits = text.dropFirst(prefix.utf8.count + 1).dropLast(".log".utf8.count)
        return digits.utf8.count >= 6 && digits.allSatisfy(\.isWholeNumber) ? Int(digits) : nil
    }

    /// The path of the last segment, or of the first where there is none.
    var lastPath: FilePath { all.last?.path ?? Self.path(prefix, 1, in: directory) }
    var followingPath: FilePath { Self.path(prefix, (all.last?.number ?? 0) + 1, in: directory) }

    /// Goes on in the following segment, which is there.
    /// - Parameter first: the number of its first record.
    mutating func begin(_ path: FilePath, first: Int) throws(LedgerError) {
        do throws(FileError) {
            all.append(
                Segment(
                    number: (all.last?.number ?? 0) + 1, path: path, first: first, sizeBytes: 0,
                    reader: try LineFile(path)))
        } catch {
            throw .file(error)
        }
    }

    /// The segment of a record, and its place there, counted from 0.
    func place(_ number: Int) -> (segment: Segment, index: Int)? {
        guard let segment = all.last(where: { $0.first <= number }) else { return nil }
        return (segment, number - segment.first)
    }

    /// - Returns: nil if the record is not as written, or is not there.
    func record(_ number: Int) throws(LedgerError) -> KeyRecord? {
        guard let (segment, index) = place(number) else { return nil }
        var bytes: [64 of UInt8] = .init(repeating: 0)
        var span = bytes.mutableSpan
        let read: Result<Int, FileError> = span.withUnsafeMutableBufferPointer { buffer in
            do throws(FileError) {
                return .success(
                    try segment.reader.read(at: index * KeyRecord.size, into: UnsafeMutableRawBufferPointer(buffer)))
            } catch {
                return .failure(error)
            }
        }
        do throws(FileError) {
            return try read.get() == KeyRecord.size ? KeyRecord(bytes.span) : nil
        } catch {
            throw .file(error)
        }
    }

    func damage(_ number: Int) -> LedgerError {
        let (path, index) = place(number).map { ($0.segment.path, $0.index) } ?? (lastPath, number)
        return .damaged(
            path: path.string, line: index + 1, reason: "the record is not as written; \(Self.advice)")
    }
}
