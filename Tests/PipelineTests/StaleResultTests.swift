import BatchCore
import DurableFiles
import Gates
import Pipeline
import Spooling
import SystemPackage
import Testing

@Suite("Results of an attempt that a crash has ended are not taken for those of the next")
struct StaleResultTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
        try house.drop([line("m"), line("n", model: "n")])
    }

    /// Runs until a report would get its name; the results before it are there.
    private func crashBeforeReport(_ mustMatch: String) async throws {
        let crash = Crash(under: house.spool.processing, at: 0) { operation, path in
            operation == .rename && path.lastNameBytes.elementsEqual("report.json".utf8)
                && path.removingLastComponent().lastNameBytes != Array("rejected-part".utf8)
        }
        await #expect(throws: (any Error).self) { try await house.start(StubBackend(), gate(mustMatch)) }
        crash.end()
    }

    private func gate(_ mustMatch: String) -> Policies {
        .test { $0.gates = .checked(GatePolicy(mustMatch: mustMatch)) }
    }

    @Test("split, then accepted by a gate that was made laxer: done/ has no part that was meant for rejected/")
    func splitThenAccepted() async throws {
        try await crashBeforeReport("m")
        let job = try #require(try house.spool.jobs().first)
        #expect(try FileFacts(at: house.spool.job(job).rejectedPart) != nil)
        let backend = StubBackend()
        try await house.start(backend, gate("Echo"))
        #expect(try house.only("done").files == ["errors.jsonl", "output.jsonl", "report.html", "report.json"])
        #expect(try house.only("done").ids("output.jsonl") == ["m", "n"] && house.names("rejected").isEmpty)
        #expect(backend.sent.isEmpty)
    }

    @Test("rejected, then accepted: done/ tells nobody to send anything again")
    func rejectedThenAccepted() async throws {
        try await crashBeforeReport("never")
        try await house.start(StubBackend(), gate("Echo"))
        #expect(try house.only("done").files == ["errors.jsonl", "output.jsonl", "report.html", "report.json"])
    }
}
