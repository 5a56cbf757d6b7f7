import TestSupport
import Testing

@testable import BatchCore

@Suite("Which models may answer follows from the request, the models and the prices alone")
struct ModelSelectionTests {
    private static let seeds = UInt64(0)..<500

    @Test("each model is chosen, in the order of the route, or left out for a reason that is true", arguments: seeds)
    func accounted(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let (selection, shape, loss) = Self.random(using: &random)
        let objections = selection.judged(for: shape, loss: loss)
        #expect(objections.count == selection.candidates.count, "seed \(seed)")
        let chosen: [Int]
        do throws(LineRefusal) {
            let places = try selection.eligible(for: shape, loss: loss)
            chosen = places ?? Array(selection.candidates.indices)
            #expect(places.map { $0.count < selection.candidates.count } ?? true, "seed \(seed)")
        } catch {
            #expect(objections.allSatisfy { $0 != nil }, "seed \(seed)")
            for candidate in selection.candidates {
                #expect(error.reason.contains(candidate.model.name), "seed \(seed)")
            }
            return
        }
        #expect(!chosen.isEmpty && chosen == chosen.sorted(), "seed \(seed)")
        for (place, candidate) in selection.candidates.enumerated() {
            #expect(chosen.contains(place) == (objections[place] == nil), "seed \(seed), place \(place)")
            let holds = Self.holds(objections[place], against: candidate, shape, loss, selection)
            #expect(holds, "seed \(seed), place \(place): \(String(describing: objections[place]))")
        }
    }

    @Test("cheapest is the same models by their worst case at that time, as listed among equals", arguments: seeds)
    func cheapest(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let (stated, shape, loss) = Self.random(using: &random)
        guard let chosen = Self.chosen(stated, shape, loss) else { return }
        let selection = ModelSelection(
            stated.candidates, order: .cheapest, beginsWithTrial: chosen.first == 0 && Bool.random(using: &random))
        for time in [nil, Timestamp(seconds: 5), Timestamp(seconds: 50)] {
            let sorted = try selection.ordered(chosen, for: shape, at: time) ?? Array(stated.candidates.indices)
            #expect(sorted.sorted() == chosen, "seed \(seed)")
            let rest = selection.beginsWithTrial ? sorted.dropFirst() : sorted[...]
            if selection.beginsWithTrial { #expect(sorted.first == 0, "seed \(seed)") }
            for (one, next) in zip(rest, rest.dropFirst()) {
                let costs = try [one, next].map { try stated.worstCase(of: shape, on: [$0], at: time).usd }
                #expect(costs[0] < costs[1] || costs[0] == costs[1] && one < next, "seed \(seed)")
            }
            let all = try stated.worstCase(of: shape, on: chosen, at: time)
            let each = try chosen.map { try stated.worstCase(of: shape, on: [$0], at: time) }
            #expect(all.usd == each.map(\.usd).max() && all.tokens == each.map(\.tokens).max(), "seed \(seed)")
        }
    }

    private static func chosen(_ selection: ModelSelection, _ shape: RequestShape, _ loss: LineRefusal?) -> [Int]? {
        do throws(LineRefusal) {
            return try selection.eligible(for: shape, loss: loss) ?? Array(selection.candidates.indices)
        } catch { return nil }
    }

    /// Said again in other words, from the documentation: what is true of a model that is left out, and of one that is
    /// not.
    private static func holds(
        _ objection: Objection?, against candidate: ModelSelection.Candidate, _ shape: RequestShape,
        _ loss: LineRefusal?, _ selection: ModelSelection
    ) -> Bool {
        let (model, context) = (candidate.model, candidate.model.contextTokens ?? .max)
        switch objection {
        case nil:
            return shape.needs.isSubset(of: model.capabilities) && (shape.images == 0 || model.imageTokens != nil)
                && model.interface.place(for: shape.url) != nil
                && (loss == nil || model.interface.place(for: shape.url) == shape.url)
        case .noSuchURL: return model.interface.place(for: shape.url) == nil
        case .lacks(let missing):
            return !missing.isEmpty && missing.isSubset(of: shape.needs) && missing.isDisjoint(with: model.capabilities)
        case .mayNotFit(let stated):
            // Of two with one context the other may add fewer tokens of its own.
            let better = selection.candidates.contains { other in
                let room = other.model.contextTokens ?? .max
                return room > context || room == context && fits(shape, other)
            }
            return stated == context && !fits(shape, candidate) && better
        case .refused(let refusal):
            return refusal == loss
                || shape.images > 0 && model.imageTokens == nil
                    && refusal.code == .unboundedContent
        }
    }

    /// A stated context is prompt and answer together, one of a price file the prompt alone; of each prompt of several.
    private static func fits(_ shape: RequestShape, _ candidate: ModelSelection.Candidate) -> Bool {
        let model = candidate.model
        let bytes =
            model.windowTokens == nil
            ? shape.promptBound(within: candidate.limits) : shape.longestExchange(within: candidate.limits)
        return (model.windowTokens ?? model.contextTokens).map { bytes <= shape.prompts * $0 } ?? true
    }

    static func random(
        using random: inout SeededGenerator
    ) -> (selection: ModelSelection, shape: RequestShape, loss: LineRefusal?) {
        let url: RequestURL = random.once(in: 5) ? .embeddings : .chatCompletions
        let models = (0..<Int.random(in: 1...6, using: &random)).map { model("model-\($0)", using: &random) }
        let shape = shape(url, using: &random)
        let loss = random.once(in: 3) ? LineRefusal.lost("seed", "it has no counterpart") : nil
        return (ModelSelection(models.compactMap { .init($0, url: url) }), shape, loss.map { $0.naming(models) })
    }

    private static func model(_ name: String, using random: inout SeededGenerator) -> Model {
        func price() -> Price {
            Price(
                input: Money(picodollars: Int128.random(in: 1...3, using: &random)),
                output: Money(picodollars: Int128.random(in: 1...3, using: &random)))
        }
        var prices = PriceList(price())
        if random.once(in: 2) {
            prices = PriceList(prices.first, changes: [.init(from: Timestamp(seconds: 10), price: price())])
        }
        var model = Model(name: name, endpoint: "e", prices: prices, maxOutputTokens: 100)
        model.contextTokens = [nil, 200, 1000, 8000].randomElement(using: &random) ?? nil
        model.windowTokens = Bool.random(using: &random) ? model.contextTokens : nil
        model.imageTokens = random.once(in: 2) ? 10 : nil
        if random.once(in: 2) { model.capabilities = Capabilities(rawValue: .random(in: 0..<32, using: &random)) }
        if random.once(in: 4) { model.interface = .anthropic }
        return model
    }

    private static func shape(_ url: RequestURL, using random: inout SeededGenerator) -> RequestShape {
        let images = random.once(in: 4) ? 2 : 0
        let isLimited = url != .embeddings && random.once(in: 2)
        let limit: Int? = isLimited ? [10, 150, 900, 9000].randomElement(using: &random) : nil
        var needs: Capabilities = url == .embeddings ? .embeddings : []
        if images > 0 { needs.insert(.images) }
        if random.once(in: 3) { needs.insert(.tools) }
        if random.once(in: 4) { needs.insert(.jsonSchema) }
        return RequestShape(
            url: url, needs: needs, promptBytes: .random(in: 20...9000, using: &random), images: images, items: 1,
            hasTools: needs.contains(.tools), prompts: 1, choices: 1, completionLimit: limit, ownLimit: 0,
            choiceLimit: limit, completes: url != .embeddings, echoes: false, isSampled: false, asksForForm: false)
    }
}

extension LineRefusal {
    /// A refusal that stands for several models says each of their names; that of a line alone cannot.
    fileprivate func naming(_ models: [Model]) -> LineRefusal {
        LineRefusal(code, reason + models.map(\.name).joined(separator: ", "))
    }
}
