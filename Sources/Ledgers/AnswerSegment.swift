import DurableFiles
import SystemPackage

/// The names of one segment of answers: `answers-NNNNNN.jsonl` while it is written and until it is compressed,
/// `answers-NNNNNN.jsonl.zst` afterwards. Where a crash left both, the plain one counts.
struct AnswerSegment: Equatable, Sendable {
    let number: UInt32
    let plain: FilePath
    let compressed: FilePath

    init(_ number: UInt32, in directory: FilePath) {
        self.number = number
        let digits = String(number)
        let name = "answers-\(String(repeating: "0", count: max(0, 6 - digits.utf8.count)))\(digits).jsonl"
        plain = directory.appending(name)
        compressed = directory.appending(name + ".zst")
    }

    /// The path of the form that is there, and which it is; nil: neither.
    func found() throws(LedgerError) -> (path: FilePath, isCompressed: Bool, sizeBytes: Int)? {
        try booked { () throws(FileError) in
            if let facts = try FileFacts(at: plain) { return (plain, false, facts.sizeBytes) }
            if let facts = try FileFacts(at: compressed) { return (compressed, true, facts.sizeBytes) }
            return nil
        }
    }

    func remove() throws(LedgerError) {
        try booked { () throws(FileError) in
            try DurableFile.remove(plain)
            try DurableFile.remove(compressed)
        }
    }

    /// The segments that a directory holds, in order.
    static func all(in directory: FilePath) throws(LedgerError) -> [AnswerSegment] {
        var numbers: Set<UInt32> = []
        for name in try names(in: directory) {
            guard name.starts(with: "answers-".utf8) else { continue }
            let digits = name.dropFirst(8).prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            let rest = name.dropFirst(8 + digits.count)
            guard rest.elementsEqual(".jsonl".utf8) || rest.elementsEqual(".jsonl.zst".utf8),
                let number = UInt32(String(decoding: digits, as: UTF8.self))
            else { continue }
            numbers.insert(number)
        }
        return numbers.sorted().map { AnswerSegment($0, in: directory) }
    }

    /// How temporary names of our files begin.
    private static let leftovers = [".answers-", ".segments.jsonl.", ".forget.json."]

    /// Takes away what a crash left half done: temporary files, which may hold what is to be forgotten, and compressed
    /// forms beside plain ones.
    static func tidy(_ directory: FilePath) throws(LedgerError) {
        for name in try names(in: directory)
        where name.suffix(4).elementsEqual(".tmp".utf8) && leftovers.contains(where: { name.starts(with: $0.utf8) }) {
            try booked { () throws(FileError) in
                try DurableFile.remove(directory.appending(String(decoding: name, as: UTF8.self)))
            }
        }
        for segment in try all(in: directory) where try segment.found()?.isCompressed == false {
            try booked { () throws(FileError) in
                if try FileFacts(at: segment.compressed) != nil { try DurableFile.remove(segment.compressed) }
            }
        }
    }

    /// Removes what repairs have set aside of answers: it cannot be searched for what is to be forgotten.
    static func removeSetAside(in directory: FilePath) throws(LedgerError) {
        for name in try names(in: directory) where name.starts(with: "answers-".utf8) {
            let text = String(decoding: name, as: UTF8.self)
            guard text.contains(".damaged-") else { continue }
            try booked { () throws(FileError) in try DurableFile.remove(directory.appending(text)) }
        }
    }

    private static func names(in directory: FilePath) throws(LedgerError) -> [[UInt8]] {
        try booked { () throws(FileError) in
            try FileFacts(at: directory) == nil ? [] : DurableFile.list(directory)
        }
    }
}
