import CLinux

/// CRC-32C (Castagnoli; RFC 3720 appendix B.4), by the processor's own instruction where it has one.
/// - Parameter seed: the checksum of the bytes before these, so that a checksum can be taken in parts.
package func crc32c(_ bytes: Span<UInt8>, seed: UInt32 = 0) -> UInt32 {
    guard CRC32C.hasInstruction else { return CRC32C.sliced(bytes, seed: seed) }
    return bytes.withUnsafeBufferPointer { ~clinux_crc32c(~seed, $0.baseAddress, $0.count) }
}

package func crc32c(_ bytes: [UInt8], seed: UInt32 = 0) -> UInt32 {
    crc32c(bytes.span, seed: seed)
}

package func crc32c(_ bytes: ArraySlice<UInt8>, seed: UInt32 = 0) -> UInt32 {
    crc32c(bytes.span, seed: seed)
}

package enum CRC32C {
    static let hasInstruction = clinux_has_crc32c() == 1

    /// Eight bytes a step by eight tables ("slicing by 8", Kounavis and Berry 2005), for other processors.
    package static func sliced(_ bytes: Span<UInt8>, seed: UInt32) -> UInt32 {
        var state = ~seed
        var index = 0
        while bytes.count - index >= 8 {
            var next: UInt32 = 0
            for place in 0..<8 {
                let low = place < 4 ? UInt8(truncatingIfNeeded: state >> (8 * UInt32(place))) : 0
                next ^= tables[(7 - place) * 256 + Int(bytes[index + place] ^ low)]
            }
            state = next
            index += 8
        }
        while index < bytes.count {
            state = state >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: state) ^ bytes[index])]
            index += 1
        }
        return ~state
    }

    /// Table n at 256 n: what a byte does to the state n bytes later.
    private static let tables: [UInt32] = {
        var tables = (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { state, _ in state >> 1 ^ (state & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
        for index in 256..<(8 * 256) {
            let before = tables[index - 256]
            tables.append(before >> 8 ^ tables[Int(before & 255)])
        }
        return tables
    }()
}
