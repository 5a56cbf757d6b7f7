/// Numbers that nobody can foretell who does not know the digest, and that are the same for the same digest for ever:
/// SHA-256 of the digest and a counter (eight bytes, big-endian), four words of eight bytes from each.
package struct DigestStream: Sendable {
    private let seed: [UInt8]
    private var blocks: UInt64 = 0
    private var words: [UInt64] = []

    package init(_ seed: SHA256Digest) {
        self.seed = seed.bytes
    }

    package mutating func next() -> UInt64 {
        if words.isEmpty {
            let counter = (0..<8).map { UInt8(truncatingIfNeeded: blocks >> (56 - 8 * UInt64($0))) }
            let block = SHA256.digest(of: seed + counter).words
            words = [block.3, block.2, block.1, block.0]
            blocks += 1
        }
        return words.removeLast()
    }

    /// A number from 0 to below `bound`, each as likely as the others: what would favour the small ones is thrown away.
    package mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "there is no number below \(bound)")
        let bound = UInt64(bound)
        let excess = (UInt64.max % bound + 1) % bound
        while true {
            let word = next()
            if word <= UInt64.max - excess { return Int(word % bound) }
        }
    }
}
