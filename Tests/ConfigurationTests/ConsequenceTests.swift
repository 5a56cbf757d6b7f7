import BatchCore
import Configuration
import Testing

@Suite("What follows from the gate is said for all lanes or for one")
struct ConsequenceTests {
    @Test("a lane changes what it names")
    func lanes() throws {
        let gate = try load([
            "gate.toml": """
            [consequences]
            rejected = "review"
            review_lines = 7
            [lanes.default.consequences]
            review = "always"
            """
        ]).gate
        var expected = ConsequencePolicy()
        #expect(expected.rejected == .reject && expected.review == .never, "nobody is asked who did not say so")
        (expected.rejected, expected.reviewLines) = (.review, 7)
        #expect(gate.standard.consequences == expected)
        expected.review = .always
        #expect(gate.byLane["default"]?.consequences == expected)
    }
}
