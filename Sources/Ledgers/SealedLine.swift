import DurableFiles

/// A JSON object with its checksum as the last member: `,"sum":"xxxxxxxx"}`, the CRC-32C of the bytes before it as
/// eight hexadecimal digits.
package enum SealedLine {
    private static let digits = Array("0123456789abcdef".utf8)
    private static let name = Array(#","sum":""#.utf8)
    private static let end = Array("\"}".utf8)
    private static let sumLength = name.count + 8 + end.count

    /// - Parameter object: one JSON object with at least one member, closing brace included.
    package static func seal(_ object: [UInt8]) -> [UInt8] {
        var line = object
        seal(&line, from: 0)
        return line
    }

    /// Seals the object that begins at `start` and ends the bytes.
    static func seal(_ bytes: inout [UInt8], from start: Int) {
        bytes.removeLast()
        let sum = crc32c(bytes[start...])
        bytes += name
        for digit in 0..<8 { bytes.append(hexDigit(digit, of: sum)) }
        bytes += end
    }

    /// Is the line, without its newline, as it was sealed?
    package static func isWhole(_ line: [UInt8]) -> Bool { isWhole(line.span) }

    package static func isWhole(_ line: Span<UInt8>) -> Bool {
        let body = line.count - sumLength
        guard body > 0 else { return false }
        for index in 0..<name.count where line[body + index] != name[index] { return false }
        for index in 0..<end.count where line[body + name.count + 8 + index] != end[index] { return false }
        let sum = crc32c(line.extracting(0..<body))
        return (0..<8).allSatisfy { line[body + name.count + $0] == hexDigit($0, of: sum) }
    }

    private static func hexDigit(_ place: Int, of sum: UInt32) -> UInt8 {
        digits[Int(sum >> (28 - 4 * UInt32(place)) & 15)]
    }
}
