/// FNV-1a in 64 bits, of Fowler, Noll and Vo (constants as in draft-eastlake-fnv-21): a short hash that needs no
/// table and no key, and is the same in every process. It tells accidental twins apart, not those that somebody makes.
package struct FNV1a: Sendable {
    private static let offsetBasis: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x0000_0100_0000_01B3

    /// The hash of all bytes so far.
    package private(set) var value = Self.offsetBasis

    package init() {}

    @inline(__always)
    package mutating func add(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* Self.prime
    }
}
