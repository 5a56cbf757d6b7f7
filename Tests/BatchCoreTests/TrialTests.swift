import BatchCore
import TestSupport
import Testing

@Suite("A share of a route's requests is tried on a new model, the same ones each time")
struct TrialTests {
    private static func catalogue(_ trial: Trial?, models: [String] = ["m", "dear"]) -> ModelCatalogue {
        var catalogue = Sample.catalogue
        catalogue.routes = ["r": Route(name: "r", models: models, trial: trial)]
        catalogue.models["new"] = catalogue.models["m"]
        catalogue.models["new"]?.name = "new"
        return catalogue
    }

    private static func read(_ number: Int, _ catalogue: ModelCatalogue, _ members: String = "") throws -> BatchRequest
    {
        var reader = RequestReader(catalogue: catalogue)
        let body = Sample.chat(#""x":\#(number)\#(members)"#, model: "r")
        return try reader.read(Array(Sample.line(body).utf8).span)
    }

    @Test(
        "of 100,000 keys as many as the share says, within five standard deviations",
        arguments: [0.001, 0.05, 0.5, 0.9])
    func share(share: Double) {
        var random = SeededGenerator(seed: 7)
        let side = Trial.Side(of: Trial(model: "new", share: share), on: "r")
        let wider = Trial.Side(of: Trial(model: "new", share: share + 0.05), on: "r")
        var (taken, lost) = (0, 0)
        for _ in 0..<100_000 {
            let key = RequestKey(SHA256Digest(words: (random.next(), random.next(), random.next(), random.next())))
            if side.takes(key) {
                taken += 1
                if !wider.takes(key) { lost += 1 }
            }
        }
        let expected = 100_000 * share
        #expect(abs(Double(taken) - expected) < 5 * (expected * (1 - share)).squareRoot(), "\(taken)")
        #expect(lost == 0, "a larger share takes all that a smaller one took")
    }

    @Test("a trial changes neither key nor models of the others, and its own have the list that begins with it")
    func keys() throws {
        let (before, during) = (Self.catalogue(nil), Self.catalogue(Trial(model: "new", share: 0.3)))
        let listed = Self.catalogue(nil, models: ["new", "m", "dear"])
        var tried = 0
        for number in 0..<300 {
            let (old, now) = (try Self.read(number, before), try Self.read(number, during))
            #expect(try Self.read(number, during) == now)
            if now.kind.isTrial {
                tried += 1
                #expect(now.kind.models == ["new", "m", "dear"] && now.key != old.key)
                #expect(try Self.read(number, listed).key == now.key)
            } else {
                #expect(now == old)
            }
        }
        #expect(60...120 ~= tried)
    }

    @Test("what the new model cannot answer is no line to try it on; its answers stand for no plain request")
    func unable() throws {
        var catalogue = Self.catalogue(Trial(model: "new", share: 0.99))
        let tools = #","tools":[{"type":"function"}]"#
        #expect(try (0..<20).contains { try Self.read($0, catalogue, tools).kind.isTrial })
        catalogue.models["new"]?.capabilities = []
        for number in 0..<20 {
            #expect(try Self.read(number, catalogue, tools) == Self.read(number, Self.catalogue(nil), tools))
        }
        let kind = RequestKind(url: .chatCompletions, model: "r")
        let tried = RequestKind(url: .chatCompletions, model: "r", models: ["new", "m", "dear"], isTrial: true)
        #expect(!catalogue.isKnown("new", to: kind) && catalogue.isKnown("m", to: kind))
        #expect(catalogue.isKnown("new", to: tried) && catalogue.isKnown("m", to: tried))
    }
}
