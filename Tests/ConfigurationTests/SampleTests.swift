import BatchCore
import Configuration
import Testing

@Suite("[sample] of gate.toml says how a shard is sampled")
struct SampleTests {
    @Test("all of it, and a lane that changes some of it")
    func whole() throws {
        let gate = """
            [sample]
            acceptable = 0.02
            rejectable = 0.08
            alpha = 0.01
            beta = 0.2
            plan = "sequential"
            strata = { pointer = "/metadata/class" }
            [lanes.default.sample]
            plan = "double"
            strata = {}
            """
        var expected = SamplePolicy()
        expected.statedAcceptable = 0.02
        expected.rejectable = 0.08
        (expected.alpha, expected.beta) = (0.01, 0.2)
        expected.plan = .sequential
        expected.strata = JSONPointer("/metadata/class").map { .pointer($0) }
        let policies = try load(["gate.toml": gate]).gate
        #expect(policies.standard.sample == expected)
        expected.plan = .double
        expected.strata = nil
        #expect(policies.byLane["default"]?.sample == expected)
    }

    @Test("a prefix; what is acceptable follows from what is rejectable where it is not said")
    func prefix() throws {
        let gate = "[sample]\nrejectable = 0.005\nstrata = { prefix = \"::\" }"
        let sample = try load(["gate.toml": gate]).gate.standard.sample
        #expect(sample.strata == .prefix(separator: "::") && sample.acceptable == 0.0005)
    }

    @Test(
        "what it refuses",
        arguments: [
            (
                "plan = \"triple\"",
                "`plan` in [sample] must be \"single\" or \"double\" or \"sequential\", not \"triple\""
            ),
            ("strata = { prefix = \"\" }", "`prefix` in [sample.strata] must not be empty"),
            (
                "strata = { pointer = \"metadata\" }",
                "`pointer` in [sample.strata] must be a JSON pointer (RFC 6901) into the body, such as "
                    + "\"/metadata/class\""
            ),
            (
                "strata = { prefix = \"-\", pointer = \"/user\" }",
                "`strata` in [sample] must have a prefix or a pointer, not both"
            ),
            ("strata = \"-\"", "`strata` in [sample] must be a table, not a string"),
        ])
    func refused(text: String, message: String) throws {
        let found = try problems(["gate.toml": "[sample]\n" + text])
        #expect(found.contains { $0.contains(message) }, "\(found)")
    }
}
