import DurableFiles

/// A JSON object with its checksum as the last member: `,"sum":"xxxxxxxx"}`, the CRC-32C of the bytes before it as
/// eight hexadecimal digits (DESIGN, section 8).
package enum SealedLine {
    /// - Parameter object: one JSON object with at least one member, closing brace included.
    package static func seal(_ object: [UInt8]) -> [UInt8] {
        let body = object.dropLast()
        return body + sumMember(crc32c(body))
    }

    /// Is the line, without its newline, as it was sealed?
    package static func isWhole(_ line: [UInt8]) -> Bool {
        guard line.count > sumLength else { return false }
        return line.suffix(sumLength).elementsEqual(sumMember(crc32c(line.dropLast(sumLength))))
    }

    private static let sumLength = sumMember(0).count

    private static func sumMember(_ sum: UInt32) -> [UInt8] {
        let digits = String(sum, radix: 16)
        return Array(",\"sum\":\"\(String(repeating: "0", count: 8 - digits.utf8.count))\(digits)\"}".utf8)
    }
}
