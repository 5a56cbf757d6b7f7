import DurableFiles
import Testing

@Suite("CRC-32C is the one of RFC 3720")
struct ChecksumTests {
    private static let vectors: [([UInt8], UInt32)] = [
        ([], 0),
        (Array("123456789".utf8), 0xE306_9283),
        (Array(repeating: 0, count: 32), 0x8A91_36AA),
        (Array(repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E),
        (Array((0..<32).reversed()), 0x113F_DB5C),
    ]

    private func sliced(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        CRC32C.sliced(bytes.span, seed: 0)
    }

    @Test("the vectors of appendix B.4, with and without the processor's instruction")
    func vectors() {
        for (bytes, checksum) in Self.vectors {
            #expect(crc32c(bytes) == checksum)
            #expect(sliced(bytes[...]) == checksum)
        }
    }

    @Test("both ways agree at every length, whole or in parts")
    func parts() {
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<100).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        for length in 0...bytes.count {
            let whole = crc32c(bytes[..<length])
            #expect(whole == sliced(bytes[..<length]), "\(bytes)")
            let cut = length / 3
            #expect(whole == crc32c(bytes[cut..<length], seed: crc32c(bytes[..<cut])), "\(bytes)")
        }
    }
}
