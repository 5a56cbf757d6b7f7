/// Small changes to the bytes of a JSON object, so that what is sent is what was written but for them.
struct BodyEdits {
    private let range: Range<Int>
    private var replacements: [(range: Range<Int>, bytes: [UInt8])] = []
    private var appended: [UInt8] = []

    /// - Parameter range: where the object stands in its text, braces included.
    init(range: Range<Int>) {
        self.range = range
    }

    /// Replaces a value that stands inside the object.
    mutating func replace(_ value: Range<Int>, with bytes: [UInt8]) {
        replacements.append((value, bytes))
    }

    /// Adds `"name":value` behind the members that are there; the object is known to have some.
    mutating func appendMember(_ member: [UInt8]) {
        appended += [UInt8(ascii: ",")] + member
    }

    func applied(to text: Span<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count + appended.count + 32)
        var position = range.lowerBound
        for (value, bytes) in replacements.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            for index in position..<value.lowerBound { result.append(text[index]) }
            result += bytes
            position = value.upperBound
        }
        for index in position..<range.upperBound - 1 { result.append(text[index]) }
        return result + appended + [UInt8(ascii: "}")]
    }
}
