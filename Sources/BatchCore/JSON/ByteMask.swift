/// Which of sixteen neighbouring bytes a comparison has found. (Little-endian, as every host of Swift on Linux is.)
struct ByteMask {
    /// Four ones for each byte that was found, the first byte lowest: made of a comparison without a branch.
    private var nibbles: UInt64

    @inline(__always)
    init(_ found: SIMDMask<SIMD16<Int8>>) {
        // The mask has ones or zeros in all bits of a byte: two bytes are shifted and cut down to four bits each.
        let pairs = unsafe unsafeBitCast(found, to: SIMD8<UInt16>.self) &>> SIMD8<UInt16>(repeating: 4)
        nibbles = unsafe unsafeBitCast(SIMD8<UInt8>(truncatingIfNeeded: pairs), to: UInt64.self)
    }

    /// The offset of the first; nil: none.
    @inline(__always)
    var first: Int? { nibbles == 0 ? nil : nibbles.trailingZeroBitCount / 4 }

    /// Takes out the byte at `offset` and the one behind it.
    @inline(__always)
    mutating func removePair(at offset: Int) { nibbles &= ~(0xFF &<< UInt64(truncatingIfNeeded: offset &* 4)) }
}
