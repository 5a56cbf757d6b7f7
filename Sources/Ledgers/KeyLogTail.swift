import BatchCore
import DurableFiles

extension KeyLog {
    private static let recordsPerRead = 1 << 14

    /// Enters the records behind the checkpoint. One that is torn, or not whole yet because another process writes it
    /// just now, ends the log: nothing is read behind the end that the file had.
    mutating func readTail() throws(LedgerError) {
        records = coveredRecords
        var replay = IndexReplay()
        for segment in segments.all where segment.first + segment.wholeRecords > coveredRecords {
            try read(segment, from: max(coveredRecords, segment.first), into: &replay)
        }
        try enter(&replay)
        stagedRecords = records
    }

    private func enter(_ replay: inout IndexReplay) throws(LedgerError) {
        try replay.enter(into: index) { [segments] one, other throws(LedgerError) in
            guard let first = try segments.record(one) else { throw segments.damage(one) }
            guard let second = try segments.record(other) else { throw segments.damage(other) }
            return first.key == second.key
        }
    }

    private mutating func read(
        _ segment: KeySegments.Segment, from first: Int, into replay: inout IndexReplay
    ) throws(LedgerError) {
        var firstBad: Int?
        var number = first
        let end = segment.first + segment.wholeRecords
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.recordsPerRead * KeyRecord.size, alignment: KeyRecord.size)
        defer { buffer.deallocate() }
        while number < end {
            let part = UnsafeMutableRawBufferPointer(
                rebasing: buffer[..<(min(end - number, Self.recordsPerRead) * KeyRecord.size)])
            let filled: Int
            do throws(FileError) {
                filled = try segment.reader.read(at: (number - segment.first) * KeyRecord.size, into: part)
            } catch {
                throw .file(error)
            }
            let whole = Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(rebasing: part[..<filled]))
            for start in stride(from: 0, to: part.count, by: KeyRecord.size) {
                let isThere = start + KeyRecord.size <= whole.count
                if isThere, KeyRecord.isWhole(whole.extracting(start..<start + KeyRecord.size)) {
                    if let firstBad { throw segments.damage(firstBad) }
                    let record = whole.extracting(start..<start + KeyRecord.size)
                    let key = RequestKey(SHA256Digest(bytes: record.extracting(0..<SHA256Digest.byteCount)))
                    replay.add(layout.hash(key), number: number, isForgotten: KeyRecord.isForgotten(record))
                    if replay.isFull { try enter(&replay) }
                    records = number + 1
                } else if firstBad == nil {
                    firstBad = number
                }
                number += 1
            }
        }
        guard let firstBad else { return }
        guard segment.number == segments.all.last?.number else { throw segments.damage(firstBad) }
        if isWritable, try hasRecords(segment, from: firstBad) { throw segments.damage(firstBad) }
    }

    /// Is there a record at any byte behind a bad one? Then bytes were taken out or put in, and nothing is to be cut.
    private func hasRecords(_ segment: KeySegments.Segment, from firstBad: Int) throws(LedgerError) -> Bool {
        do throws(FileError) {
            let offset = (firstBad - segment.first) * KeyRecord.size
            return try RecordScan(of: segment.path, from: offset).records > 0
        } catch {
            throw .file(error)
        }
    }
}
