package import BatchCore
import DurableFiles

/// Where an accepted answer stands: in `hashlog/answers-NNNNNN.jsonl`.
package struct AnswerLocator: Equatable, Sendable {
    package var file: UInt32
    package var offsetBytes: UInt64
    /// Of the line, without its newline.
    package var lengthBytes: UInt32
}

/// One record of `hashlog/keys-NNNNNN.log`: 64 bytes, little-endian. Offset, field, (bytes):
/// 0 request key (32) | 32 answers file (4) | 36 length in bytes (4) | 40 offset in bytes (8) |
/// 48 recorded at, Unix seconds (8) | 56 kind: 0 answered, 1 forgotten (4) | 60 CRC-32C of the 60 bytes before (4)
///
/// The newest record of a key counts. A forgotten one has a locator of zeros: nothing is known of its key from then on.
/// `hashlog/defects-NNNNNN.log` has the same form with a locator of zeros: the answer was not accepted. So has
/// `hashlog/rejected-NNNNNN.log`, with the SHA-256 of a file in the place of the key: it was paid for and rejected.
package struct KeyRecord: Equatable, Sendable {
    package static let size = 64

    package var key: RequestKey
    package var answer: AnswerLocator
    package var recordedAt: Int64
    package var isForgotten = false

    package static let nowhere = AnswerLocator(file: 0, offsetBytes: 0, lengthBytes: 0)

    package init(key: RequestKey, answer: AnswerLocator, recordedAt: Int64) {
        self.key = key
        self.answer = answer
        self.recordedAt = recordedAt
    }

    /// Takes back all earlier records of the key.
    /// - Parameter recordedAt: Unix seconds.
    package static func forgotten(_ key: RequestKey, at recordedAt: Int64) -> KeyRecord {
        var record = KeyRecord(key: key, answer: nowhere, recordedAt: recordedAt)
        record.isForgotten = true
        return record
    }

    func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        key.digest.append(to: &bytes)
        bytes.appendLittleEndian(answer.file)
        bytes.appendLittleEndian(answer.lengthBytes)
        bytes.appendLittleEndian(answer.offsetBytes)
        bytes.appendLittleEndian(UInt64(bitPattern: recordedAt))
        bytes.appendLittleEndian(UInt32(isForgotten ? 1 : 0))
        bytes.appendLittleEndian(crc32c(bytes[start...]))
    }

    /// - Returns: nil if the 64 bytes are not as written.
    init?(_ bytes: Span<UInt8>) {
        guard Self.isWhole(bytes) else { return nil }
        key = RequestKey(SHA256Digest(bytes: bytes.extracting(0..<32)))
        answer = AnswerLocator(
            file: bytes.littleEndian(at: 32), offsetBytes: bytes.littleEndian(at: 40),
            lengthBytes: bytes.littleEndian(at: 36))
        recordedAt = Int64(bitPattern: bytes.littleEndian(at: 48))
        isForgotten = Self.isForgotten(bytes)
    }

    /// - Parameter bytes: of a whole record.
    static func isForgotten(_ bytes: Span<UInt8>) -> Bool { bytes.littleEndian(at: 56, as: UInt32.self) == 1 }

    /// Are these the 64 bytes of a record as it was written?
    static func isWhole(_ bytes: Span<UInt8>) -> Bool {
        // The kind first: it is cheap, and repair asks at every byte of what is damaged.
        bytes.count == size && bytes.littleEndian(at: 56, as: UInt32.self) <= 1
            && crc32c(bytes.extracting(0..<60)) == bytes.littleEndian(at: 60)
    }
}

extension [UInt8] {
    fileprivate mutating func appendLittleEndian<Number: FixedWidthInteger>(_ number: Number) {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}

extension Span<UInt8> {
    /// - Precondition: so many bytes are there.
    fileprivate func littleEndian<Number: FixedWidthInteger & BitwiseCopyable>(
        at start: Int, as type: Number.Type = Number.self
    ) -> Number {
        precondition(start + MemoryLayout<Number>.size <= count, "a field beyond the end of its record")
        // Every bit pattern is a number, and the line above asks for its bytes.
        return Number(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start, as: type))
    }
}
