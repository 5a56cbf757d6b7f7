import BatchCore

/// Numbers that look random and are the same for the same digest and stream: SplitMix64 (Steele, Lea, Flood 2014).
struct DigestRandom {
    private var state: UInt64

    /// - Parameter stream: which of the independent sequences of this digest, such as the index of a choice.
    init(_ digest: SHA256Digest, stream: Int) {
        var bytes: [UInt8] = []
        digest.append(to: &bytes)
        let seed = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        state = seed &+ UInt64(bitPattern: Int64(stream)) &* 0xD134_2543_DE82_EF95
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func pick<Element>(from elements: [Element]) -> Element { elements[below(elements.count)] }
}
