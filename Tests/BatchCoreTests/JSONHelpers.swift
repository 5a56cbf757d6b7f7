import BatchCore

/// The RFC 8785 form of `text`.
func canonical(_ text: String, _ numbers: CanonicalJSON.Numbers = .rfc8785) throws(JSONError) -> String {
    String(decoding: try canonical(Array(text.utf8), numbers), as: UTF8.self)
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
