/// A prompt without what people call no difference: in lower case (Unicode's mapping of each scalar), with one space
/// for each run of white space and none at the ends, and with one `0` for each number, the points and commas within it
/// included.
package struct NormalForm {
    package private(set) var bytes: [UInt8] = []
    private var owesSpace = false
    private var isInNumber = false
    /// A point or comma behind a digit: of the number if a digit follows, of the sentence if not.
    private var separator: Unicode.Scalar?

    /// - Parameter text: UTF-8.
    package init(_ text: [UInt8]) {
        bytes.reserveCapacity(text.count)
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars { take(scalar) }
        endNumber()
    }

    private mutating func take(_ scalar: Unicode.Scalar) {
        if Self.isDigit(scalar) {
            separator = nil
            if !isInNumber { append("0") }
            isInNumber = true
        } else if isInNumber, separator == nil, scalar == "." || scalar == "," {
            separator = scalar
        } else {
            endNumber()
            if Self.isWhiteSpace(scalar) {
                owesSpace = !bytes.isEmpty
            } else if scalar.isASCII {
                append(Self.lowered(scalar))
            } else {
                for lower in scalar.properties.lowercaseMapping.unicodeScalars { append(lower) }
            }
        }
    }

    private mutating func endNumber() {
        isInNumber = false
        if let separator { append(separator) }
        separator = nil
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        if owesSpace { bytes.append(UInt8(ascii: " ")) }
        owesSpace = false
        UTF8.encode(scalar) { bytes.append($0) }
    }

    private static func lowered(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        ("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) | 0x20) : scalar
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII ? ("0"..."9").contains(scalar) : scalar.properties.numericType == .decimal
    }

    private static func isWhiteSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII ? scalar == " " || (9...13).contains(scalar.value) : scalar.properties.isWhitespace
    }
}
