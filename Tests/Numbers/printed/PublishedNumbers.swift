import BatchCore

/// The sequence of doubles whose printed lines have the checksums that the reference project of RFC 8785 publishes
/// (its README, "ES6 Numbers"): edge cases, 2000 neighbours at the smallest normal number, then finite doubles other
/// than zero out of a chain of SHA-256 that begins with 32 zero bytes.
struct PublishedNumbers {
    private var place = 0
    private var link = [UInt8](repeating: 0, count: 32)
    private var taken = 4

    mutating func next() -> Double {
        defer { place += 1 }
        if place < Self.edges.count { return Self.edges[place] }
        let neighbour = place - Self.edges.count
        if neighbour < 2000 { return Double(bitPattern: Double.leastNormalMagnitude.bitPattern + UInt64(neighbour)) }
        while true {
            let number = fromChain()
            if number.isFinite, number != 0 { return number }
        }
    }

    /// Four little-endian doubles a link.
    private mutating func fromChain() -> Double {
        if taken == 4 {
            let digest = SHA256.digest(of: link)
            link.removeAll(keepingCapacity: true)
            digest.append(to: &link)
            taken = 0
        }
        defer { taken += 1 }
        return Double(bitPattern: (0..<8).reversed().reduce(0) { $0 << 8 | UInt64(link[taken * 8 + $1]) })
    }

    private static let edges: [Double] =
        [0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude] + thirds.map { -$0 } + thirds + fives
        + nearFiveMillionths + borders

    /// A third of each power of ten, rounded as its authors' arithmetic had it.
    private static let thirds: [Double] = [
        3.3333333333333335e+21, 3.333333333333333e+20, 3.3333333333333336e+19, 3.333333333333334e+18,
        3.333333333333334e+17, 3.333333333333334e+16, 3333333333333334.0, 333333333333333.4, 33333333333333.344,
        3333333333333.334, 333333333333.33344, 33333333333.33334, 3333333333.333334, 333333333.3333334,
        33333333.333333336, 3333333.3333333335, 333333.3333333333, 33333.333333333336, 3333.333333333333,
        333.3333333333333, 33.333333333333336, 3.3333333333333335, 0.3333333333333333, 0.03333333333333333,
        0.0033333333333333335, 0.0003333333333333333, 3.3333333333333335e-05, 3.3333333333333333e-06,
        3.3333333333333335e-07, 3.3333333333333334e-08, 3.3333333333333334e-09, 3.333333333333333e-10,
        3.3333333333333335e-11, 3.333333333333333e-12, 3.3333333333333334e-13, 3.3333333333333334e-14,
        3.3333333333333332e-15, 3.333333333333333e-16, 3.3333333333333335e-17, 3.3333333333333333e-18,
        3.3333333333333334e-19, 3.333333333333333e-20, 3.3333333333333333e-21, 3.333333333333333e-22,
        3.3333333333333333e-23, 3.3333333333333334e-24, 3.3333333333333335e-25, 3.333333333333333e-26,
        3.333333333333333e-27, 3.3333333333333338e-28,
    ]

    private static let fives: [Double] = [
        10.0, 5.0, 0.5, 0.05, 0.005, 0.0005, 5e-05, 5e-06, 5e-07, 5e-08, 5e-09,
    ]

    private static let nearFiveMillionths: [Double] = [
        5.06e-6, 5.006e-6, 5.0006e-6, 5.00006e-6, 5.000006e-6, 5.0000006e-6, 5.00000006e-6, 5.000000006e-6,
        5.0000000006e-6, 5.00000000006e-6, 5.000000000006e-6, 5.0000000000006e-6, 5.00000000000006e-6,
        5.000000000000006e-6, 5e-6,
    ]

    /// Where digits, the sign, the exponent or the form change.
    private static let borders: [Double] = [
        1.0, -1.0, -0.9999999999999993, -0.9999999999999994, 0.9999999999999993, 0.9999999999999994,
        0.9999999999999996, 0.9999999999999998, -0.9999999999999999, -0.9999999999999999, 0.9999999999999999,
        0.9999999999999999, 0.29999999999999993, 0.3, 0.30000000000000004, 2.2250738585072014e-308,
        Double(bitPattern: 0xF_FFFF_FFFF_FFFD), Double(bitPattern: 0xF_FFFF_FFFF_FFFF), 1.7976931348623157e+308,
        -1.7976931348623157e+308,
        9007199254740992.0, -9007199254740992.0, 2.9514790517935283e+20, 9.999999999999997e+22, 1e+23,
        1.0000000000000001e+23, 9.999999999999997e+20, 9.999999999999999e+20, 1e+21, 9.999999999999997e-07, 1e-06,
        333333333.3333332, 333333333.33333325, 333333333.3333333, 333333333.3333334, 333333333.33333343,
        -3.3333333333333333e-06, 1424953923781206.2,
    ]
}
