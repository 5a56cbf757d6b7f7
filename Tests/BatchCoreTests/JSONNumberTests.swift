import BatchCore
import Testing

@Suite("A number is read exactly and printed as ECMAScript prints it")
struct JSONNumberTests {
    /// RFC 8785, appendix B, without the two that are no numbers.
    static let appendixB: [(bits: UInt64, form: String)] = [
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ]

    @Test("appendix B of RFC 8785", arguments: appendixB)
    func appendix(bits: UInt64, form: String) throws {
        let value = Double(bitPattern: bits)
        var json = JSONWriter()
        json.element(value)
        #expect(json.text == form)
        #expect(try canonical(value.description) == Array(form.utf8))
        #expect(try canonical(form) == Array(form.utf8))
    }

    @Test(
        "what is printed without an exponent, with and without zeros to drop",
        arguments: [
            ("-0", "0"), ("-0.0", "0"), ("0.0", "0"), ("0e5", "0"), ("-0E-400", "0"), ("1.0", "1"), ("1.50", "1.5"),
            ("100", "100"), ("1e2", "100"), ("12e-1", "1.2"), ("0.000001", "0.000001"), ("0.0000010", "0.000001"),
            ("0.0000001", "1e-7"), ("0.00000012", "1.2e-7"), ("123456789012345", "123456789012345"),
            ("0.1", "0.1"), ("-0.10", "-0.1"), ("123456789012345680000", "123456789012345680000"),
            ("1234567890123456800000", "1.2345678901234568e+21"), ("1e-400", "0"), ("4.9e-324", "5e-324"),
            ("0.1000000000000000055511151231257827", "0.1"), ("1.7976931348623158e308", "1.7976931348623157e+308"),
            ("10.0", "10"), ("-10.00", "-10"), ("0.30000000000000004", "0.30000000000000004"),
        ])
    func forms(text: String, form: String) throws {
        #expect(try canonical(text) == Array(form.utf8))
        #expect(try canonical(text + " ") == Array(form.utf8))
    }

    @Test(
        "an integer that a double does not hold keeps its digits, where that is asked for",
        arguments: [
            ("9007199254740993", "9007199254740992", "9007199254740993"),
            ("-9007199254740993", "-9007199254740992", "-9007199254740993"),
            ("9007199254740992", "9007199254740992", "9007199254740992"),
            ("9007199254740993.0", "9007199254740992", "9007199254740992"),
            ("12345678901234567890", "12345678901234567000", "12345678901234567890"),
            ("295147905179352825856", "295147905179352830000", "295147905179352825856"),
            ("295147905179352830000", "295147905179352830000", "295147905179352830000"),
            ("1000000000000000000000", "1e+21", "1e+21"), ("10000000000000000000000", "1e+22", "1e+22"),
            ("100000000000000000000000", "1e+23", "100000000000000000000000"), ("1e23", "1e+23", "1e+23"),
            ("-0", "0", "0"), ("7", "7", "7"),
        ])
    func exactIntegers(text: String, rfc8785: String, exact: String) throws {
        #expect(try canonical(text) == Array(rfc8785.utf8))
        #expect(try canonical(text, .exactIntegers) == Array(exact.utf8))
        #expect(try canonical(exact, .exactIntegers) == Array(exact.utf8))
    }

    @Test("any double survives printing and reading", arguments: UInt64(0)..<20)
    func roundTrip(seed: UInt64) throws {
        var random = JSONSeed(seed)
        var tape = JSONTape()
        for _ in 0..<500 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            var json = JSONWriter()
            json.element(value)
            let text = json.bytes
            try tape.scan(text.span)
            #expect(tape.double(JSONTape.root, in: text.span) == value, "seed \(seed)")
            #expect(try canonical(text) == text, "seed \(seed)")
        }
    }

    @Test("short decimals, which are copied, are what printing them would give", arguments: UInt64(0)..<20)
    func shortDecimals(seed: UInt64) throws {
        var random = JSONSeed(seed)
        for _ in 0..<500 {
            let digits =
                Int.random(in: 0..<1_000_000_000_000_000, using: &random) / [1, 1000, 10_000_000].randomElement(
                    using: &random)!
            let places = Int.random(in: 1...14, using: &random)
            let whole = String(digits)
            let padded = String(repeating: "0", count: max(0, places + 1 - whole.utf8.count)) + whole
            let text = padded.dropLast(places) + "." + padded.suffix(places)
            var json = JSONWriter()
            json.element(try #require(Double(text)))
            #expect(try canonical(String(text)) == json.bytes, "seed \(seed)")
            let zeros = String(repeating: "0", count: Int.random(in: 1...3, using: &random))
            #expect(try canonical("-" + text + zeros) == canonical("-\(json.text)"), "seed \(seed)")
        }
    }

    @Test("integers are exact or not there")
    func integers() throws {
        let expected: [(String, Int?)] = [
            ("12", 12), ("-3", -3), ("0", 0), ("-0", 0), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("99999999999999999999", nil), ("1.0", nil),
            ("1e2", nil), ("\"1\"", nil), ("null", nil),
        ]
        var tape = JSONTape()
        for (text, value) in expected {
            let bytes = Array(text.utf8)
            try tape.scan(bytes.span)
            #expect(tape.integer(JSONTape.root, in: bytes.span) == value, "\(text)")
        }
    }
}
