/// WHICH model answers: the models of one name, and which of them may answer a request, in which order, and why the
/// others may not. Pure of what the request needs and what each model is: it knows no clock, no network and no lane.
/// Prices come with the time for which they are asked; whether an endpoint is in trouble is asked of the list that
/// comes out (`EndpointHealth.choose`), since that changes from one request to the next.
struct ModelSelection: Sendable {
    struct Candidate: Sendable {
        let model: Model
        let limits: TokenLimits
        let prices: PriceList
        /// Its endpoint has no such url, nor one into which it could be translated.
        let isAstray: Bool
        /// It is sent something else than the line's body.
        let isTranslated: Bool

        /// Tokens, as far as is known.
        var room: Int { limits.contextTokens ?? .max }

        init?(_ model: Model, url: RequestURL) {
            guard let prices = model.prices else { return nil }
            self.model = model
            self.prices = prices
            limits = TokenLimits(model)
            let place = model.interface.place(for: url)
            isAstray = place == nil
            isTranslated = place != nil && place != url
        }
    }

    /// As the route lists them.
    let candidates: [Candidate]
    let order: RouteOrder
    /// The first is on trial, and goes before the others at any price.
    let beginsWithTrial: Bool

    init(_ candidates: [Candidate], order: RouteOrder = .stated, beginsWithTrial: Bool = false) {
        self.candidates = candidates
        self.order = order
        self.beginsWithTrial = beginsWithTrial
    }

    /// - Parameters:
    ///   - shape: what the request needs.
    ///   - loss: what would be lost in translation; nil: nothing.
    /// - Returns: places on the list, ascending; nil: all of it. Never none.
    /// - Throws: the refusal, if no model may answer, with the reason of each.
    func eligible(for shape: RequestShape, loss: LineRefusal?) throws(LineRefusal) -> [Int]? {
        // Nearly always nothing speaks against any of them, and no list is made.
        if candidates.indices.allSatisfy({
            objection($0, shape, loss) == nil && (candidates.count == 1 || fits($0, shape))
        }
        ) {
            return nil
        }
        let places = judged(for: shape, loss: loss).enumerated().compactMap { $1 == nil ? $0 : nil }
        if places.isEmpty { throw refusal(of: shape, loss) }
        return places.count == candidates.count ? nil : places
    }

    /// What speaks against each model of the list; nil: nothing.
    func judged(for shape: RequestShape, loss: LineRefusal?) -> [Objection?] {
        var objections = candidates.indices.map { objection($0, shape, loss) }
        let open = candidates.indices.filter { objections[$0] == nil }
        // A prompt is bounded by its bytes, several times what it takes: where it surely fits in none it may fit yet.
        let fitting = open.filter { fits($0, shape) }
        let most = open.map { candidates[$0].room }.max()
        for place in open where !fitting.contains(place) {
            let context = candidates[place].room
            if !fitting.isEmpty || context != most { objections[place] = .mayNotFit(context) }
        }
        return objections
    }

    /// Puts places in the order in which they are tried, at the prices of `time`.
    /// - Parameter places: nil: all. Of each of them `eligible` has found that it may answer.
    /// - Parameter time: nil: the first of each model's prices.
    /// - Returns: nil: all, as listed.
    func ordered(
        _ places: [Int]?, for shape: RequestShape, at time: Timestamp?
    ) throws(LineRefusal) -> [Int]? {
        guard order == .cheapest, candidates.count > 1 else { return places }
        let places = places ?? Array(candidates.indices)
        var costs: [(place: Int, usd: Money)] = []
        for place in places { costs.append((place, try worstCase(of: shape, on: place, at: time).usd)) }
        let first = beginsWithTrial ? 0 : -1
        let sorted = costs.sorted { one, other in
            if one.place == first || other.place == first { return one.place == first && other.place != first }
            return (one.usd, one.place) < (other.usd, other.place)
        }.map(\.place)
        return sorted.elementsEqual(candidates.indices) ? nil : sorted
    }

    /// The dearest that it can be on any of some models, in money and in tokens apart.
    /// - Parameters:
    ///   - places: nil: all.
    ///   - time: nil: at the first of each model's prices.
    func worstCase(of shape: RequestShape, on places: [Int]?, at time: Timestamp?) throws(LineRefusal) -> Amount {
        var worst = Amount.zero
        for place in places?.indices ?? candidates.indices {
            let one = try worstCase(of: shape, on: places?[place] ?? place, at: time)
            worst = Amount(usd: max(worst.usd, one.usd), tokens: max(worst.tokens, one.tokens))
        }
        return worst
    }

    private func worstCase(
        of shape: RequestShape, on place: Int, at time: Timestamp?
    ) throws(LineRefusal) -> Amount {
        let bound = try shape.bound(within: candidates[place].limits) { candidates[place].model.name }
        let prices = candidates[place].prices
        let price = time.map { prices.price(at: $0) } ?? prices.first
        return Amount(usd: price.worstCase(of: bound), tokens: bound.total)
    }

    /// What by itself speaks against a model, in the order in which it is told.
    private func objection(_ place: Int, _ shape: RequestShape, _ loss: LineRefusal?) -> Objection? {
        if candidates[place].isAstray { return .noSuchURL }
        let missing = shape.needs.subtracting(candidates[place].model.capabilities)
        if !missing.isEmpty { return .lacks(missing) }
        if let loss, candidates[place].isTranslated { return .refused(loss) }
        do throws(LineRefusal) {
            _ = try shape.bound(within: candidates[place].limits) { candidates[place].model.name }
        } catch { return .refused(error) }
        return nil
    }

    /// Does the request surely fit into the model's context?
    private func fits(_ place: Int, _ shape: RequestShape) -> Bool {
        let (limits, prompts) = (candidates[place].limits, shape.prompts)
        if let window = candidates[place].model.windowTokens {
            return shape.longestExchange(within: limits) <= prompts * window
        }
        return limits.contextTokens.map { shape.promptBound(within: limits) <= prompts * $0 } ?? true
    }
}
