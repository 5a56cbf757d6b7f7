/// File names as ASCII text for records, logs and reports: letters, digits, `.`, `_` and `-` stay, any other byte is
/// `%` and two upper-case hexadecimal digits (RFC 3986 section 2.1).
package enum PercentName {
    package static func escape(_ name: [UInt8]) -> String {
        var text = ""
        text.reserveCapacity(name.count)
        for byte in name {
            if isPlain(byte) { text.unicodeScalars.append(UnicodeScalar(byte)) } else { text += escape(byte) }
        }
        return text
    }

    /// - Returns: nil for what `escape` never writes: every name has one spelling only.
    package static func unescape(_ text: String) -> [UInt8]? {
        var name: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit),
                    !isPlain(high << 4 | low)
                else { return nil }
                name.append(high << 4 | low)
            } else {
                guard isPlain(byte) else { return nil }
                name.append(byte)
            }
        }
        return name
    }

    static func escape(_ byte: UInt8) -> String {
        "%" + [byte >> 4, byte & 15].map { String($0, radix: 16, uppercase: true) }.joined()
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
