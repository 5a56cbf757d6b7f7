extension OutputSpan<UInt8> {
    /// Free capacity beyond the last byte that lets a short run be copied as a whole block.
    static let slack = 16

    /// Appends a run of the text. Most runs are names and short strings: sixteen bytes, the run and what follows it,
    /// are then moved at once, because a call of memcpy costs more than the move.
    @inline(__always)
    mutating func append(copying range: Range<Int>, of text: Span<UInt8>) {
        precondition(range.upperBound <= text.count && range.count <= freeCapacity, "a run beyond text or form")
        if range.isEmpty { return }
        let isShort =
            range.count <= Self.slack && range.lowerBound + Self.slack <= text.count && freeCapacity >= Self.slack
        // Both ends lie within bounds by the lines above, and the buffers cannot overlap: one is borrowed, one
        // exclusive.
        unsafe withUnsafeMutableBufferPointer { form, count in
            unsafe text.withUnsafeBufferPointer { text in
                let target = UnsafeMutableRawPointer(form.baseAddress.unsafelyUnwrapped + count)
                let source = UnsafeRawPointer(text.baseAddress.unsafelyUnwrapped + range.lowerBound)
                if isShort {
                    target.storeBytes(of: source.loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
                } else {
                    target.copyMemory(from: source, byteCount: range.count)
                }
            }
            count += range.count
        }
    }

    /// The comma after the last element gives way to the bracket. No complete value ends in a comma.
    @inline(__always)
    mutating func close(with bracket: UInt8) {
        if self[count - 1] == UInt8(ascii: ",") { removeLast(1) }
        append(bracket)
    }
}

extension [UInt8] {
    mutating func append(copying range: Range<Int>, of text: Span<UInt8>) {
        // An empty array is one object of the process, and its count would be written, as zero, by several threads.
        if range.isEmpty { return }
        append(addingCapacity: range.count) { $0.append(copying: range, of: text) }
    }
}
