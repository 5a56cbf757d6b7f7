import DurableFiles
import Glibc
import SystemPackage

/// `hashlog/PREFIX.index`: the index of a key log as it was, so that a start reads only the records behind it. It holds
/// nothing that the log does not: whatever is wrong with it, it is passed over. 64-bit words of this machine:
/// 0 magic | 1 version | 2 tables | 3 covered: records before this number are all in it | 4 sample of these records |
/// 5 to 6 zero | 7 CRC-32C of the words before | the slots of each table (`SlotTable`) | then for each table its
/// capacity << 32 + keys, and the CRC-32C of its slots | reached: no record from this number on is in it | CRC-32C of
/// the words from the end of the slots on.
///
/// The tables are written one after the other while the log grows: a later one may know records that an earlier does
/// not. Entering the records from `covered` on once more makes all of them right.
struct IndexCheckpoint {
    private static let magic: UInt64 = 0x3149_4E49_4242_4F42  // "BOBBINI1"
    private static let version: UInt64 = 1
    private static let headerWords = 8

    let covered: Int
    let reached: Int
    let sample: UInt32
    private let file: LineFile
    /// Capacity << 32 + keys, and the checksum of the slots, for each table.
    private let directory: ArraySlice<UInt64>

    private static let trailerWords = 2 * FingerprintIndex.tableCount + 2

    /// - Returns: nil where there is none; `.failure` says what is wrong with it.
    static func open(_ path: FilePath) -> Result<IndexCheckpoint, Unusable>? {
        do throws(FileError) {
            guard try FileFacts(at: path) != nil else { return nil }
            let file = try LineFile(path)
            let sizeBytes = try file.facts().sizeBytes
            guard sizeBytes >= (headerWords + trailerWords) * 8 else { return .failure(Unusable(reason: "it is torn")) }
            let header = try words(of: file, at: 0, headerWords)
            guard header[0] == magic, header[1] == version, header[2] == FingerprintIndex.tableCount else {
                return .failure(Unusable(reason: "it has another form or version"))
            }
            let trailer = try words(of: file, at: sizeBytes - trailerWords * 8, trailerWords)
            let (directory, reached) = (trailer.dropLast(2), trailer[trailerWords - 2])
            let slots = stride(from: 0, to: directory.count, by: 2).reduce(0) { $0 + Int(directory[$1] >> 32) }
            guard header[7] == sum(header.dropLast()), trailer[trailerWords - 1] == sum(trailer.dropLast()),
                0 < header[3], header[3] <= reached, reached <= SlotTable.numberMask,
                sizeBytes == (headerWords + slots + trailerWords) * 8
            else { return .failure(Unusable(reason: "it is torn or was changed")) }
            return .success(
                IndexCheckpoint(
                    covered: Int(header[3]), reached: Int(reached), sample: UInt32(truncatingIfNeeded: header[4]),
                    file: file, directory: directory))
        } catch {
            return .failure(Unusable(reason: "\(error)"))
        }
    }

    struct Unusable: Error {
        let reason: String
    }

    /// Fills an empty index.
    /// - Throws: the index is not to be used then.
    func fill(_ index: FingerprintIndex) throws(Unusable) {
        var offset = Self.headerWords * 8
        for number in 0..<FingerprintIndex.tableCount {
            let (size, sum) = (directory[2 * number], directory[2 * number + 1])
            let capacity = UInt32(size >> 32)
            if capacity == 0 { continue }
            var reason = "table \(number) is not as written"
            let isWhole = index.restore(number, capacity: capacity, count: UInt32(truncatingIfNeeded: size)) { buffer in
                do throws(FileError) {
                    guard try file.read(at: offset, into: buffer) == buffer.count else { return false }
                } catch {
                    reason = "\(error)"
                    return false
                }
                return UInt64(crc32c(Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(buffer)))) == sum
            }
            guard isWhole else { throw Unusable(reason: reason) }
            offset += Int(capacity) * 8
        }
    }

    /// Writes one beside the log while it goes on growing, and puts it in the place of the last.
    /// - Parameters:
    ///   - table: a copy of a table as it is then.
    ///   - reached: how many records are in the log, asked after the last table.
    static func write(
        to path: FilePath, covered: Int, sample: UInt32,
        table: @Sendable (Int) async -> (slots: [UInt64], count: Int), reached: @Sendable () async -> Int
    ) async throws(LedgerError) {
        do throws(FileError) {
            var file = try UnpublishedFile(for: path)
            let header = [magic, version, UInt64(FingerprintIndex.tableCount), UInt64(covered), UInt64(sample), 0, 0]
            try file.write(words: header + [sum(header[...])])
            var trailer: [UInt64] = []
            for number in 0..<FingerprintIndex.tableCount {
                let copy = await table(number)
                trailer += [UInt64(copy.slots.count) << 32 | UInt64(copy.count), sum(copy.slots[...])]
                try file.write(words: copy.slots)
            }
            trailer.append(UInt64(await reached()))
            try file.write(words: trailer + [sum(trailer[...])])
            try file.publish()
        } catch {
            throw .file(error)
        }
    }

    private static func words(of file: LineFile, at offset: Int, _ count: Int) throws(FileError) -> [UInt64] {
        let bytes = try file.read(at: offset, length: count * 8)
        guard bytes.count == count * 8 else { return [UInt64](repeating: 0, count: count) }
        return [UInt64](unsafeUninitializedCapacity: count) { words, initialized in
            _ = bytes.withUnsafeBytes { memcpy(words.baseAddress!, $0.baseAddress!, count * 8) }
            initialized = count
        }
    }

    private static func sum(_ words: ArraySlice<UInt64>) -> UInt64 {
        words.withUnsafeBytes { UInt64(crc32c(Span<UInt8>(_unsafeBytes: $0))) }
    }
}

extension UnpublishedFile {
    fileprivate mutating func write(words: [UInt64]) throws(FileError) {
        let bytes = words.span.bytes
        for start in stride(from: 0, to: bytes.byteCount, by: 1 << 20) {
            let part = bytes.extracting(start..<min(start + 1 << 20, bytes.byteCount))
            try part.withUnsafeBytes { buffer throws(FileError) in try write(Span<UInt8>(_unsafeBytes: buffer)) }
        }
    }
}
