import BatchCore

/// One line of `answers-NNNNNN.jsonl`: `{"key":64 hex,"answer":the response,"at":…,"job":…,"uid":…,"lane":…,"sum":…}`.
/// job, uid and lane are not there where nobody is known who paid for it. A line that was forgotten or set aside is as
/// many spaces: what stands behind it keeps its place.
struct AnswerLine {
    var key: RequestKey
    /// The response member within the line.
    var answer: Range<Int>
    /// The value of `at` within the line, quotes included: what is exported ends there.
    var at: Range<Int>
    var recordedAt: Timestamp

    private static let start = Array(#"{"key":""#.utf8)
    private static let beforeAnswer = Array(#"","answer":"#.utf8)
    private static let beforeTime = Array(#","at":""#.utf8)

    /// Appends a sealed line without its newline.
    /// - Parameter time: as `Timestamp.description` writes it.
    static func append(
        _ key: RequestKey, _ response: some Collection<UInt8>, at time: [UInt8], from origin: AnswerOrigin?,
        to bytes: inout [UInt8]
    ) {
        let first = bytes.count
        bytes += start
        key.appendHex(to: &bytes)
        bytes += beforeAnswer
        bytes += response
        bytes += beforeTime
        bytes += time
        bytes.append(UInt8(ascii: "\""))
        if let origin {
            var writer = JSONWriter(reserving: 96)
            writer.object { writer in
                writer.member("job", origin.job)
                writer.member("uid", Int(origin.uid))
                writer.member("lane", origin.lane)
            }
            bytes.append(UInt8(ascii: ","))
            bytes += writer.bytes.dropFirst()
        } else {
            bytes.append(UInt8(ascii: "}"))
        }
        SealedLine.seal(&bytes, from: first)
    }

    /// Was the answer taken out here?
    static func isBlank(_ line: Span<UInt8>) -> Bool {
        for index in line.indices where line[index] != UInt8(ascii: " ") { return false }
        return true
    }

    /// The key of a line that is whole, by its place.
    static func key(of line: Span<UInt8>) -> RequestKey? {
        guard line.count >= start.count + 64 else { return nil }
        for index in 0..<start.count where line[index] != start[index] { return nil }
        return RequestKey(hexDigits: line.extracting(start.count..<start.count + 64))
    }
}

/// Reads lines one after the other without making anything for a token.
struct AnswerLineReader {
    private var tape = JSONTape()

    /// - Returns: nil if the line is not as it was written.
    mutating func read(_ line: Span<UInt8>) -> AnswerLine? {
        guard SealedLine.isWhole(line), let key = AnswerLine.key(of: line), scan(line),
            let answer = tape.member("answer", of: JSONTape.root, in: line),
            let at = tape.member("at", of: JSONTape.root, in: line),
            let time = tape.string(at, in: line).flatMap({ Timestamp($0) })
        else { return nil }
        return AnswerLine(key: key, answer: tape.bytes(answer), at: tape.bytes(at), recordedAt: time)
    }

    /// Who paid for the answer that was read last.
    /// - Parameter line: the same line.
    func origin(in line: Span<UInt8>) -> (job: String?, uid: Int?) {
        let job = tape.member("job", of: JSONTape.root, in: line).flatMap { tape.string($0, in: line) }
        let uid = tape.member("uid", of: JSONTape.root, in: line).flatMap { tape.integer($0, in: line) }
        return (job, uid)
    }

    private mutating func scan(_ line: Span<UInt8>) -> Bool {
        do { try tape.scan(line) } catch { return false }
        return true
    }
}

extension RequestKey {
    /// 64 hexadecimal digits in either case; nil for anything else.
    init?(hexDigits: Span<UInt8>) {
        guard hexDigits.count == 2 * SHA256Digest.byteCount else { return nil }
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        for index in 0..<SHA256Digest.byteCount {
            guard let high = Self.value(hexDigits[2 * index]), let low = Self.value(hexDigits[2 * index + 1]) else {
                return nil
            }
            bytes[index] = high << 4 | low
        }
        self.init(SHA256Digest(bytes: bytes.span))
    }

    func appendHex(to out: inout [UInt8]) {
        let start = out.count
        digest.append(to: &out)
        // In place, from the end: each byte becomes two.
        out.append(contentsOf: repeatElement(0, count: SHA256Digest.byteCount))
        for index in (0..<SHA256Digest.byteCount).reversed() {
            let byte = out[start + index]
            out[start + 2 * index + 1] = Self.digit(byte & 15)
            out[start + 2 * index] = Self.digit(byte >> 4)
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - 87
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - 55
        default: nil
        }
    }
}
