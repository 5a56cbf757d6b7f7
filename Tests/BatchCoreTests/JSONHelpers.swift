import BatchCore
import Testing

/// The RFC 8785 form of `text`.
func canonical(_ text: String, _ numbers: CanonicalJSON.Numbers = .rfc8785) throws(JSONError) -> [UInt8] {
    try canonical(Array(text.utf8), numbers)
}

func canonical(_ text: [UInt8], _ numbers: CanonicalJSON.Numbers = .rfc8785) throws(JSONError) -> [UInt8] {
    var tape = JSONTape()
    try tape.scan(text.span)
    var out: [UInt8] = []
    CanonicalJSON.append(JSONTape.root, of: tape, in: text.span, numbers: numbers, to: &out)
    return out
}

/// Why `text` is refused; nil if it is not.
func refusal(_ text: [UInt8]) -> JSONError? {
    var tape = JSONTape()
    do throws(JSONError) { try tape.scan(text.span) } catch { return error }
    return nil
}

func refusal(_ text: String) -> JSONError? { refusal(Array(text.utf8)) }

/// The node that must be there: `#require` itself takes no call that is given a `Span`.
func found(_ node: Int?) throws -> Int { try #require(node) }

/// SplitMix64: the same numbers for the same seed, everywhere.
struct JSONSeed: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
