import DurableFiles
import SystemPackage

/// Damage, read from a try's bytes: six bytes an edit, what they name taken modulo what there is. Beside torn and
/// changed bytes it makes records and lines whose checksums fit and whose fields do not, and files of any bytes.
struct Edits {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    mutating func applied(to files: [LogFiles.File]) -> [LogFiles.File] {
        var files = files
        while let kind = bytes.popFirst(), !files.isEmpty {
            let number = next() % files.count
            let offset = next() << 8 | next()
            let (value, amount) = (UInt8(next()), next())
            edit(&files, number, kind, offset, value, amount)
        }
        return files
    }

    private mutating func next() -> Int { Int(bytes.popFirst() ?? 0) }

    private mutating func edit(
        _ files: inout [LogFiles.File], _ number: Int, _ kind: UInt8, _ offset: Int, _ value: UInt8, _ amount: Int
    ) {
        let count = files[number].bytes.count
        let at = count == 0 ? 0 : offset % count
        switch kind % 9 {
        case 0: if count > 0 { files[number].bytes[at] = value }
        case 1: if count > 0 { files[number].bytes[at] ^= 1 << (value & 7) }
        case 2: files[number].bytes.removeLast(min(count, offset))
        case 3: files[number].bytes.insert(contentsOf: Array(repeating: value, count: amount), at: at)
        case 4: files[number].bytes.removeSubrange(at..<min(count, at + amount))
        case 5: files.remove(at: number)
        case 6:
            files[number].bytes = Array(bytes.prefix(offset))
            bytes = bytes.dropFirst(offset)
        case 7: sealRecord(&files[number].bytes, at / 64 * 64, value, amount)
        default: files[number].bytes += files[number].bytes[at..<min(count, at + amount * 8)]
        }
    }

    /// Changes one byte of a record of 64 and makes its checksum fit.
    private func sealRecord(_ bytes: inout [UInt8], _ start: Int, _ value: UInt8, _ amount: Int) {
        guard start + 64 <= bytes.count else { return }
        bytes[start + amount % 60] = value
        let sum = crc32c(bytes[start..<start + 60])
        for place in 0..<4 { bytes[start + 60 + place] = UInt8(truncatingIfNeeded: sum >> (place * 8)) }
    }
}
