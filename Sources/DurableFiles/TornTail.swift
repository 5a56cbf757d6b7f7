package import SystemPackage

/// How far a file of newline-terminated records is whole. A crash can only tear its end; anything else is damage.
package enum TornTail: Equatable, Sendable {
    case whole(bytes: Int)
    /// The last record lacks its newline or is bad, all before it are good. Cut the file to `wholeBytes`.
    case torn(wholeBytes: Int, tornBytes: Int)
    /// A bad record with others behind it: never cut, as that would take good records away.
    /// - Parameters:
    ///   - offset: in bytes.
    ///   - line: counted from 1.
    case damaged(offset: Int, line: Int)

    /// - Parameter isWhole: judges one record without its newline, by its checksum. A record that lacks its newline is
    ///   not shown, however whole it looks: it is cut, and whoever took it in would know what the file does not.
    /// - Returns: `.whole` with no bytes where nothing has that name.
    package static func wholeBytes(
        of path: FilePath, limitLineBytes: Int = 64 << 20, isWhole: (Span<UInt8>) -> Bool
    ) throws(FileError) -> TornTail {
        guard try FileFacts(at: path) != nil else { return .whole(bytes: 0) }
        var line = 0
        var wholeBytes = 0
        var bad: (offset: Int, line: Int, length: Int)?
        var result: TornTail?
        /// A record after a bad one makes that one damage.
        func advance(_ offset: Int, _ length: Int, isGood: Bool, endsWithNewline: Bool) -> Bool {
            if let bad {
                result = .damaged(offset: bad.offset, line: bad.line)
                return false
            }
            line += 1
            if isGood && endsWithNewline {
                wholeBytes = offset + length + 1
            } else {
                bad = (offset, line, length + (endsWithNewline ? 1 : 0))
            }
            return true
        }
        try LineFile(path).scan(limitLineBytes: limitLineBytes) { offset, length in
            advance(offset, length, isGood: false, endsWithNewline: true)
        } line: { offset, record, endsWithNewline in
            advance(offset, record.count, isGood: endsWithNewline && isWhole(record), endsWithNewline: endsWithNewline)
        }
        if let result { return result }
        return bad.map { .torn(wholeBytes: wholeBytes, tornBytes: $0.length) } ?? .whole(bytes: wholeBytes)
    }

    /// What the file is cut to before the next append (`AppendLog`).
    /// - Parameter damage: what is thrown for a bad record with others behind it; it is told its line.
    package func wholeBytes<Damage: Error>(otherwise damage: (_ line: Int) -> Damage) throws(Damage) -> Int {
        switch self {
        case .whole(let bytes), .torn(let bytes, _): return bytes
        case .damaged(_, let line): throw damage(line)
        }
    }
}
