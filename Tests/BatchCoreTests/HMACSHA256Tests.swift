import BatchCore
import Testing

@Suite("A signature is what everybody else computes too")
struct HMACSHA256Tests {
    @Test("HMAC-SHA256: test cases 1, 2 and 6 of RFC 4231, whose keys are short, text, and longer than a block")
    func hmac() {
        let hiThere = HMACSHA256.code(of: Array("Hi There".utf8), key: [UInt8](repeating: 0x0b, count: 20))
        #expect(hiThere.hex == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        let jefe = HMACSHA256.code(of: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(jefe.hex == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let text = "Test Using Larger Than Block-Size Key - Hash Key First"
        let long = HMACSHA256.code(of: Array(text.utf8), key: [UInt8](repeating: 0xaa, count: 131))
        #expect(long.hex == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test(
        "Base64: the vectors of RFC 4648, there and back",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
        #expect(Base64.decode(encoded.filter { $0 != "=" }) == Array(text.utf8), "the padding may be missing")
    }

    @Test("what is no Base64 is none", arguments: ["Z", "Zm9vY", "Zm 9", "Zm9-", "Zg===", "=", "Z=g=", "Zg="])
    func notBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test("every byte has its digits")
    func allBytes() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }
}
