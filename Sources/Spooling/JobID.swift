package import BatchCore

/// The name of a job: `STEM.YYYYMMDDTHHMMSSZ.xxxxxx`, readable, sortable and never colliding.
package struct JobID: Hashable, Sendable, CustomStringConvertible {
    package let name: String

    private static let longestStem = 64
    /// Base 32 (RFC 4648, section 6) in lower case.
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")

    /// - Parameters:
    ///   - deliveredName: as it stood in the inbox; a stem that is long or not clean is replaced by `job`.
    ///   - random: six values, each 0 to 31.
    package init(deliveredName: [UInt8], at time: Timestamp, random: [UInt8]) {
        let suffix = String(random.map { Self.alphabet[Int($0 & 31)] })
        name = "\(Self.stem(of: deliveredName)).\(time.compact).\(suffix)"
    }

    /// A name that has the form of a job's; nil else. It is a name in a directory, never a path out of it.
    package init?(_ name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 3, Self.isClean(name), let random = parts.last, random.count == 6,
            random.allSatisfy({ Self.alphabet.contains($0) }), Self.isTime(parts[parts.count - 2])
        else { return nil }
        self.name = name
    }

    package var description: String { name }

    /// The six random characters: unique enough to name the lines of the job.
    package var suffix: String { String(name.suffix(6)) }

    /// The part before the time.
    package var stem: String { String(name.dropLast(".YYYYMMDDTHHMMSSZ.xxxxxx".count)) }

    /// The day in UTC on which it was claimed; nil where the name has no such day.
    package var claimedOn: CivilDate? {
        let digits = name.dropLast(".xxxxxx".count).suffix("YYYYMMDDTHHMMSSZ".count)
        return CivilDate("\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.dropFirst(6).prefix(2))")
    }

    private static func stem(of delivered: [UInt8]) -> String {
        guard let text = String(validating: delivered, as: UTF8.self), text.hasSuffix(".jsonl") else { return "job" }
        let stem = text.dropLast(".jsonl".count)
        guard isClean(stem), stem.utf8.count <= longestStem else { return "job" }
        return String(stem)
    }

    private static func isClean(_ text: some StringProtocol) -> Bool {
        guard let first = text.first, first != ".", first != "-" else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    private static func isTime(_ text: Substring) -> Bool {
        text.count == 16 && text.last == "Z" && Array(text)[8] == "T" && text.filter(\.isNumber).count == 14
    }
}
