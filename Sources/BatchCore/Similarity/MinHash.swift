/// A sketch of a text by which the resemblance of two texts is estimated without either: the least value that each of
/// 32 hash functions takes on the shingles of the text (Broder, "On the resemblance and containment of documents",
/// 1997), of which the low eight bits are kept (Li and Koenig, "b-Bit Minwise Hashing", 2010).
/// A shingle is eight bytes.
///
/// The resemblance is the number of shingles in both over the number in either. The estimate has a standard error of
/// sqrt(J(1 - J) / 32): 0.05 at a resemblance of 0.9.
package struct MinHash: Equatable, Sendable {
    package static let functions = 32
    package static let shingleBytes = 8

    /// Four functions in each word.
    package let words: SIMD8<UInt32>

    /// - Parameter text: a text of fewer bytes than a shingle is one shingle.
    package init(_ text: [UInt8]) {
        var least = SIMD32<UInt32>(repeating: .max)
        var shingle: UInt64 = 0
        for (index, byte) in text.enumerated() {
            shingle = shingle << 8 | UInt64(byte)
            guard index + 1 >= Self.shingleBytes || index + 1 == text.count else { continue }
            let value = SIMD32<UInt32>(repeating: UInt32(truncatingIfNeeded: Self.mixed(shingle) >> 32))
            least = pointwiseMin(least, (value ^ Self.masks) &* Self.factors)
        }
        var words = SIMD8<UInt32>()
        for function in 0..<Self.functions {
            words[function / 4] |= (least[function] & 0xFF) << UInt32(8 * (function % 4))
        }
        self.words = words
    }

    package init(words: SIMD8<UInt32>) {
        self.words = words
    }

    /// From 0 to 1, corrected for values that agree in their eight bits by chance.
    package func resemblance(to other: MinHash) -> Double {
        let differing = words ^ other.words
        var equal = 0
        for function in 0..<Self.functions
        where differing[function / 4] >> UInt32(8 * (function % 4)) & 0xFF == 0 {
            equal += 1
        }
        let chance = 1.0 / 256
        return max(0, (Double(equal) / Double(Self.functions) - chance) / (1 - chance))
    }

    private static let masks = constants(seed: 1)
    /// Odd, so that multiplying is a permutation.
    private static let factors = constants(seed: 2) | SIMD32<UInt32>(repeating: 1)

    private static func constants(seed: UInt64) -> SIMD32<UInt32> {
        var constants = SIMD32<UInt32>()
        for index in 0..<functions {
            constants[index] = UInt32(truncatingIfNeeded: mixed(seed << 32 | UInt64(index + 1)) >> 32)
        }
        return constants
    }

    /// The finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
    static func mixed(_ value: UInt64) -> UInt64 {
        var value = value &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
