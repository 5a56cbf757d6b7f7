import BatchCore
import Testing

@Suite("SHA-256 is that of FIPS 180-4")
struct SHA256Tests {
    static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    static let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test("known answers, in one piece and in many, with one context for all")
    func knownAnswers() {
        let twoBlocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
        #expect(SHA256.digest(of: []).hex == Self.empty)
        #expect(SHA256.digest(of: Array("abc".utf8)).hex == Self.abc)
        var hash = SHA256()
        for _ in 0..<3 {
            for byte in twoBlocks.utf8 { hash.update([byte]) }
            #expect(hash.finish().hex == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
            hash.update(Array("a".utf8))
            hash.update([])
            hash.update(Array("bc".utf8).span)
            #expect(hash.finish().hex == Self.abc)
            #expect(hash.finish().hex == Self.empty)
        }
    }

    @Test("a digest is its hexadecimal form and its bytes, and sorts like them")
    func digest() throws {
        let digest = try #require(SHA256Digest(hex: Self.abc))
        #expect(digest == SHA256.digest(of: Array("abc".utf8)))
        #expect(SHA256Digest(hex: Self.abc.uppercased()) == digest)
        #expect(digest.bytes.prefix(3) == [0xBA, 0x78, 0x16] && digest.bytes.last == 0xAD)
        #expect(SHA256Digest(bytes: digest.bytes.span) == digest)
        #expect(SHA256Digest(hex: Self.empty)! > digest)
        #expect(SHA256Digest(hex: String(Self.abc.dropLast())) == nil)
        #expect(SHA256Digest(hex: String(Self.abc.dropLast()) + "g") == nil)
        #expect(SHA256Digest(hex: String(Self.abc.dropLast(2)) + "é") == nil)
        #expect(Set([digest, digest]).count == 1)
    }
}
