import BatchCore
import DurableFiles

extension KeySegments {
    private static let windowRecords = 1 << 10
    /// Reading over so many records that nobody asked for costs less than one more call.
    private static let gapRecords = 32
    private static let placeBits = 24

    /// The records of these numbers, in the order of `numbers`; those that stand near each other share a read.
    /// - Throws: `.damaged` where one is not as written.
    func records(_ numbers: [Int?]) throws(LedgerError) -> [KeyRecord?] {
        precondition(numbers.count < 1 << Self.placeBits, "too many records at once")
        var found = [KeyRecord?](repeating: nil, count: numbers.count)
        let order = numbers.enumerated().compactMap { place, number in
            number.map { UInt64($0) << UInt64(Self.placeBits) | UInt64(place) }
        }.sorted()
        let window = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.windowRecords * KeyRecord.size, alignment: KeyRecord.size)
        defer { window.deallocate() }
        var next = 0
        while next < order.count {
            let run = order[next..<endOfRun(order, from: next)]
            try read(run, through: window, into: &found)
            next = run.endIndex
        }
        return found
    }

    private static func number(_ wanted: UInt64) -> Int { Int(wanted >> UInt64(placeBits)) }
    private static func place(_ wanted: UInt64) -> Int { Int(wanted & (1 << UInt64(placeBits) - 1)) }

    /// Where those end that one read brings: in one segment, and near each other.
    private func endOfRun(_ order: [UInt64], from start: Int) -> Int {
        let first = Self.number(order[start])
        let segmentEnd = all.first { $0.first > first }?.first ?? .max
        let limit = min(first + Self.windowRecords, segmentEnd)
        var (last, end) = (first, start + 1)
        while end < order.count {
            let number = Self.number(order[end])
            guard number < limit, number - last <= Self.gapRecords else { break }
            (last, end) = (number, end + 1)
        }
        return end
    }

    private func read(
        _ run: ArraySlice<UInt64>, through window: UnsafeMutableRawBufferPointer, into found: inout [KeyRecord?]
    ) throws(LedgerError) {
        let first = Self.number(run[run.startIndex])
        guard let (segment, index) = place(first) else { throw damage(first) }
        let length = (Self.number(run[run.endIndex - 1]) - first + 1) * KeyRecord.size
        let filled = try booked { () throws(FileError) in
            try segment.reader.read(
                at: index * KeyRecord.size, into: UnsafeMutableRawBufferPointer(rebasing: window[..<length]))
        }
        let bytes = Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(rebasing: window[..<filled]))
        for wanted in run {
            let number = Self.number(wanted)
            let start = (number - first) * KeyRecord.size
            guard start + KeyRecord.size <= filled,
                let record = KeyRecord(bytes.extracting(start..<start + KeyRecord.size))
            else { throw damage(number) }
            found[Self.place(wanted)] = record
        }
    }
}
