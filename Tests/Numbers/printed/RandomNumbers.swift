/// Finite doubles of random bits (SplitMix64), so that every exponent is as likely as any other.
struct RandomNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> Double {
        while true {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            let number = Double(bitPattern: mixed ^ mixed >> 31)
            if number.isFinite { return number }
        }
    }
}
