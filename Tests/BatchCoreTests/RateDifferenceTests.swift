import BatchCore
import Testing

@Suite("The difference of two rates has Newcombe's interval")
struct RateDifferenceTests {
    /// Table II of Newcombe (1998), method 10.
    @Test(
        "as its author has computed it",
        arguments: [
            (56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (6, 7, 2, 7, 0.0582, 0.8062),
            (5, 56, 0, 29, -0.0381, 0.1926), (0, 10, 0, 20, -0.1611, 0.2775), (0, 10, 0, 10, -0.2775, 0.2775),
            (10, 10, 0, 20, 0.6791, 1.0), (10, 10, 0, 10, 0.6075, 1.0),
        ])
    func table(part: Int, whole: Int, otherPart: Int, otherWhole: Int, low: Double, high: Double) throws {
        let difference = try #require(RateDifference((part, whole), (otherPart, otherWhole)))
        #expect(abs(difference.low - low) < 0.00006 && abs(difference.high - high) < 0.00006, "\(difference)")
        let other = try #require(RateDifference((otherPart, otherWhole), (part, whole)))
        #expect(abs(other.low + difference.high) < 1e-12 && abs(other.high + difference.low) < 1e-12)
    }

    @Test("a side without answers has none")
    func empty() { #expect(RateDifference((0, 0), (1, 2)) == nil && RateDifference((1, 2), (0, 0)) == nil) }
}
