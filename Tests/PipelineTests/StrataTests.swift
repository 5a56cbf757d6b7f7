import BatchCore
import DurableFiles
import Gates
import Pipeline
import Spooling
import SystemPackage
import Testing

@Suite("A bad class of a job is found, rejected and redone alone")
struct StrataTests {
    private let house: TestHouse
    private let classes = (1...20).map { "c\($0)" }
    private let bad: Set = ["c3", "c11", "c20"]
    /// Six of each class, mixed.
    private let lines: [String]

    init() throws {
        house = try TestHouse()
        let classes = classes
        lines = (1...6).flatMap { number in classes.map { line("\($0) p\(number)", id: "\($0)-\(number)") } }
    }

    private func policies(strata: Strata? = .prefix(separator: "-")) -> Policies {
        .test(canary: 2) { policies in
            var gate = policies.gates[Lane.defaultName].policy
            gate.sample.strata = strata
            policies.gates = .checked(gate)
        }
    }

    private func isBad(_ prompt: String) -> Bool {
        bad.contains(prompt.split(separator: " ").first.map(String.init) ?? "")
    }

    private func backend() -> StubBackend {
        StubBackend { [self] sent in isBad(sent.prompt) ? .text("no") : .good(sent) }
    }

    @Test("three bad classes of twenty cost their canaries, the other seventeen are delivered whole")
    func found() async throws {
        try house.drop(lines)
        let backend = backend()
        try await house.start(backend, policies())
        #expect(backend.prompts.count { isBad($0) } == 3 * 2)
        let (done, rejected) = (try house.only("done"), try house.only("rejected"))
        #expect(try done.ids("output.jsonl").count == 17 * 6)
        #expect(try !done.ids("output.jsonl").contains { isBad($0.replacing("-", with: " ")) })
        #expect(try rejected.ids("reprocess.jsonl").count == 3 * 6)
        #expect(try rejected.codes().count { $0 == "canary_rejected" } == 3 * 4)
        #expect(try rejected.text("errors.jsonl").contains("the canary of its stratum was rejected"))
        #expect(rejected.reason.contains(#"the canary of the stratum "c3": 2 of 2 answers are defective"#))
        let shards = rejected.report["shards"]?.array ?? []
        let refused = shards.filter { $0["verdict"]?.string == "rejected" }.compactMap { $0["stratum"]?.string }
        #expect(Set(refused) == bad && shards.count == 20 + 17)
    }

    @Test("without strata the same file is rejected by its canary, or its bad classes are thinned out")
    func mixed() async throws {
        try house.drop(lines)
        try await house.start(backend(), policies(strata: nil))
        #expect(try house.finished("rejected").first?.report["shards"]?.array?.first?["stratum"] == nil)
    }

    @Test("the plan on disk is trusted after a crash, whatever gate.toml says by then")
    func recovered() async throws {
        try house.drop(lines)
        let backend = backend()
        let crash = Crash(under: house.directory.path, at: 0) { operation, path in
            operation == .rename && path.lastNameBytes.elementsEqual("output.jsonl".utf8)
        }
        await #expect(throws: (any Error).self) { try await house.start(backend, policies()) }
        crash.end()
        try await house.start(backend, policies(strata: nil))
        #expect(backend.prompts.count { isBad($0) } == 3 * 2 && Set(backend.prompts).count == backend.prompts.count)
        #expect(try house.only("done").ids("output.jsonl").count == 17 * 6)
    }
}
