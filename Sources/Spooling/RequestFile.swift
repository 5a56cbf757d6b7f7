package import DurableFiles
package import SystemPackage

/// `shards/NNNN.requests.jsonl`: request lines that are no lines of the job, in the order in which they were first
/// needed. It only grows: the number of a line says for ever what was asked.
package struct RequestFile: Sendable {
    package struct Line: Sendable {
        /// From 1.
        package let number: Int
        /// In bytes.
        package let offset: Int
        package let bytes: [UInt8]
    }

    package let path: FilePath
    /// In their order, without their ends.
    package private(set) var lines: [Line] = []
    private var numbers: [[UInt8]: Int] = [:]
    private let log: AppendLog

    /// Opens the file, creating it where it is missing and cutting a torn tail.
    /// - Throws: `JobDamage` for a bad line in the middle.
    package init(_ path: FilePath) throws {
        self.path = path
        var found: [[UInt8]] = []
        var wholeBytes: Int?
        if try FileFacts(at: path) != nil {
            let tail = try TornTail.wholeBytes(of: path) { line in
                found.append(line.indices.map { line[$0] })
                return line.count > 0
            }
            switch tail {
            case .whole(let bytes), .torn(let bytes, _): wholeBytes = bytes
            case .damaged(_, let line): throw JobDamage(file: path, reason: "line \(line) is empty")
            }
        }
        log = try AppendLog(opening: path, create: true, truncatingTo: wholeBytes)
        var offset = 0
        for bytes in found where offset < wholeBytes ?? 0 {
            keep(bytes, at: offset)
            offset += bytes.count + 1
        }
    }

    /// The numbers of request lines, which are added where they are new. Durable when it returns.
    package mutating func numbers(of requests: [[UInt8]]) async throws(FileError) -> [Int] {
        for bytes in requests where numbers[bytes] == nil {
            keep(bytes, at: log.appendLazily(bytes + [UInt8(ascii: "\n")]))
        }
        try await log.commit()
        return requests.compactMap { numbers[$0] }
    }

    package func close() async throws(FileError) { try await log.close() }

    private mutating func keep(_ bytes: [UInt8], at offset: Int) {
        lines.append(Line(number: lines.count + 1, offset: offset, bytes: bytes))
        numbers[bytes] = lines.count
    }
}
