import BatchCore
import DurableFiles
import Pipeline
import Spooling
import Testing

@Suite("A retry knows the job that it repeats, and the cases of the whole chain are counted")
struct RetryChainTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    /// - Returns: the mark of each line of reprocess.jsonl.
    private func marks(_ job: Finished) throws -> [JSONValue] {
        try job.lines("reprocess.jsonl").compactMap { $0["bobbin"] }
    }

    private func rejected(_ name: String) throws -> Finished {
        guard let job = try house.finished("rejected").first(where: { $0.report["name"]?.string == name }) else {
            throw Unexpected("no rejected job of \(name)")
        }
        return job
    }

    @Test("two retries, dropped by a person: parent, root, generation and cases, whatever was moved away meanwhile")
    func chain() async throws {
        try house.drop((1...4).map { line("p\($0)") })
        try await house.start(StubBackend { _ in .text("no") })
        let first = try rejected("a.jsonl")
        #expect(first.report["retry_of"] == .null && first.report["reprocess"]?["chain"]?["generation"]?.int == 0)
        #expect(try marks(first).allSatisfy { $0["job"]?.string == first.job.name && $0["cases"]?.int == 4 })
        let lines = try first.text("reprocess.jsonl")
        try DurableFile.removeTree(first.path)

        try house.drop(lines, as: "mended.retry.jsonl")
        try await house.start(StubBackend { $0.prompt == "p3" || $0.prompt == "p4" ? .text("no") : .good($0) })
        let second = try rejected("mended.retry.jsonl")
        #expect(second.report["retry_of"]?.string == first.job.name)
        #expect(second.count("reprocess", "chain", "generation") == 1)
        #expect(second.count("reprocess", "lines") == 4 && second.count("reprocess", "chain", "lines") == 8)
        #expect(try marks(second).allSatisfy { $0["root"]?.string == first.job.name && $0["generation"]?.int == 1 })

        try house.drop(try second.text("reprocess.jsonl"), as: "again.retry.jsonl")
        let backend = StubBackend()
        try await house.start(backend)
        let third = try house.only("done")
        #expect(third.report["retry_of"]?.string == second.job.name)
        #expect(third.report["reprocess"]?["chain"]?["root"]?.string == first.job.name)
        #expect(third.count("reprocess", "chain", "generation") == 2)
        #expect(third.count("reprocess", "lines") == 0 && third.count("reprocess", "chain", "lines") == 8)
        #expect(backend.prompts.sorted() == ["p1", "p2", "p3", "p4"])
    }

    @Test("a mark changes neither the request key nor what is sent, and a later one takes its place")
    func sameRequest() async throws {
        var reader = RequestReader(catalogue: Policies.test().catalogue)
        try house.drop([line("p1"), #" {"bobbin":{"mine":1},"# + line("p2").dropFirst() + " "])
        try await house.start(StubBackend { _ in .text("no") })
        let first = try house.only("rejected")
        let marked = try first.text("reprocess.jsonl").split(separator: "\n").map(String.init)
        #expect(try marks(first).map { $0["code"]?.string } == ["defective_answer", "defective_answer"])
        for (marked, plain) in zip(marked, [line("p1"), line("p2")]) {
            let (one, other) = (try reader.read(Array(marked.utf8).span), try reader.read(Array(plain.utf8).span))
            #expect(one == other)
        }
    }

    @Test(
        "what is no mark of ours is passed over",
        arguments: [
            #"{"job":"nothing","root":"x","generation":1,"cases":1}"#, "7", #"{"job":1}"#, #"{"generation":-1}"#,
        ])
    func foreign(mark: String) async throws {
        try house.drop([#"{"bobbin":\#(mark),"# + line("p1").dropFirst()], as: "a.retry.jsonl")
        try await house.start(StubBackend())
        let done = try house.only("done")
        #expect(
            done.report["retry_of"] == .null && done.report["reprocess"]?["chain"]?["root"]?.string == done.job.name)
    }

    @Test("a line says what to change about it: the member that the endpoint names, the limit that cut the answer")
    func suggestions() async throws {
        try house.drop(["cut", "bad", "down"].map { line($0) })
        try await house.start(
            StubBackend { sent in
                switch sent.prompt {
                case "cut": .now(answer("Echo", finish: "length"))
                case "bad":
                    .status(400, #"{"error":{"message":"too hot","param":"temperature","code":"out_of_range"}}"#)
                default: .lost
                }
            })
        let marks = try marks(house.only("rejected"))
        #expect(marks.map { $0["code"]?.string } == ["defective_answer", "out_of_range", "no_answer"])
        #expect(marks[0]["suggest"]?.string?.hasPrefix("raise max_tokens") == true)
        #expect(marks[1]["suggest"]?.string == "change body.temperature" && marks[1]["reason"]?.string == "too hot")
        #expect(marks[2]["suggest"]?.string == "hand it in again: the endpoint gave no answer")
    }
}
