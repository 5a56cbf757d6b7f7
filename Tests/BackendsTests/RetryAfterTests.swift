import Backends
import Testing

@Suite("A server's wish for a pause is understood in every form, and nonsense is none")
struct RetryAfterTests {
    /// Sun, 06 Nov 1994 08:49:37 GMT, the moment of RFC 9110 §5.6.7.
    private static let moment: Int64 = 784_111_777

    @Test("seconds", arguments: [("0", 0), ("1", 1000), ("120", 120_000), (" 7 ", 7000), ("1.5", 1500), ("0.0079", 7)])
    func seconds(text: String, milliseconds: Int) {
        #expect(RetryAfter.pause(text, now: 0) == .milliseconds(milliseconds))
    }

    @Test(
        "the three forms of a date",
        arguments: [
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        ])
    func dates(text: String) {
        #expect(RetryAfter.pause(text, now: Self.moment - 90) == .seconds(90))
        #expect(RetryAfter.pause(text, now: Self.moment) == .zero)
        #expect(RetryAfter.pause(text, now: Self.moment + 1) == nil)
    }

    @Test(
        "dates around leap days and turns of centuries",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Wed, 31 Dec 2025 23:59:60 GMT", 1_767_225_600), ("Sun, 01 Mar 2026 00:00:00 GMT", 1_772_323_200),
            ("Fri, 29 Feb 2036 00:00:01 GMT", 2_087_856_001), ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
        ] as [(String, Int64)])
    func calendar(text: String, unixSeconds: Int64) {
        #expect(RetryAfter.pause(text, now: unixSeconds) == .zero)
        #expect(RetryAfter.pause(text, now: unixSeconds - 1) == .seconds(1))
        #expect(RetryAfter.pause(text, now: unixSeconds + 1) == nil)
    }

    @Test("a year of two digits is the nearest one, at most fifty years ahead")
    func twoDigitYears() {
        let in2026: Int64 = 1_780_000_000
        #expect(RetryAfter.pause("Friday, 01-Jan-27 00:00:00 GMT", now: in2026) == .seconds(1_798_761_600 - in2026))
        #expect(RetryAfter.pause("Sunday, 06-Nov-94 08:49:37 GMT", now: in2026) == nil)
    }

    @Test(
        "nonsense",
        arguments: [
            "", " ", "-1", "-5.0", "+5", "soon", "1e3", "1.", ".5", "1.5.2", "5s", "0x10", "inf", "nan", "1 2", "١٢",
            "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Now 1994 08:49:37 GMT",
            "Mon, 31 Feb 2094 00:00:00 GMT", "Wed, 29 Feb 2090 00:00:00 GMT", "Sun, 06 Nov 2094 08:49 GMT",
            "Sun, 6 Nov +294 08:49:37 GMT", "Sun, 06 Nov 2094 08:49:-7 GMT",
        ])
    func nonsense(text: String) {
        #expect(RetryAfter.pause(text, now: 0) == nil)
    }

    @Test("a number too large to hold is a very long pause", arguments: ["4294967296", "99999999999999999999999999.9"])
    func huge(text: String) {
        #expect(RetryAfter.pause(text, now: 0) == .seconds(1 << 31))
    }

    @Test("milliseconds")
    func milliseconds() {
        #expect(RetryAfter.pause(milliseconds: "1250") == .milliseconds(1250))
        #expect(RetryAfter.pause(milliseconds: "99999999999999999999") == .seconds(1 << 31))
        for text in ["", "-1", "1.5", "soon"] { #expect(RetryAfter.pause(milliseconds: text) == nil) }
    }

    @Test("any bytes are understood or refused, never a crash", arguments: UInt64(0)..<200)
    func anyText(seed: UInt64) {
        var random = SplitMix(state: seed)
        let letters = Array("0123456789 ,:-.GMTSunNov")
        for _ in 0..<50 {
            let text = String(
                (0..<Int.random(in: 0...32, using: &random)).map { _ in letters.randomElement(using: &random)! })
            if let pause = RetryAfter.pause(text, now: Self.moment) {
                #expect(pause >= .zero && pause <= .seconds(1 << 31), "seed \(seed): \(text)")
            }
        }
    }
}

/// SplitMix64: small, seeded, good enough to make texts.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
