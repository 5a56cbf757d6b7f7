/// `shards/NNNN.batch.json`: the intent of a batch, on disk before anything of it is sent, and how far it is. It stands
/// for as long as its reservation is open.
package struct ProviderBatchRecord: Equatable, Sendable {
    /// Its own name at the provider: of its input file, and the beginning of each custom_id.
    package let name: String
    package let endpoint: String
    package let interface: BatchInterface.Kind
    package let model: String
    /// Of the reservation that pays for it.
    package let round: Int
    /// In the order in which they stand in its input file.
    package let lines: LineSet
    /// When it was planned; its price is of that time.
    package let plannedAt: Timestamp
    package let price: Price
    package var phase = ProviderBatch.Phase.planned
    /// When the provider was asked to make it, the last time.
    package var askedAt: Timestamp?
    /// When the provider was known to have it.
    package var createdAt: Timestamp?
    /// As it was seen last; the lines of it, `total`, are 0 before.
    package var word = ""
    package var total = 0
    package var completed = 0
    package var failed = 0

    package init(
        name: String, endpoint: String, interface: BatchInterface.Kind, model: String, round: Int, lines: LineSet,
        plannedAt: Timestamp, price: Price
    ) {
        self.name = name
        self.endpoint = endpoint
        self.interface = interface
        self.model = model
        self.round = round
        self.lines = lines
        self.plannedAt = plannedAt
        self.price = price
    }

    /// Of letters, digits and hyphens, at most 64 bytes (OpenAI, Anthropic): `NAME-LINE`.
    package func customID(of line: Int) -> String { "\(name)-\(line)" }

    /// - Returns: nil for an id that is of no line of this batch.
    package func line(ofCustomID id: String) -> Int? {
        guard id.hasPrefix("\(name)-"), let line = Int(id.dropFirst(name.utf8.count + 1)), lines.contains(line),
            customID(of: line) == id
        else { return nil }
        return line
    }

    /// At the provider; nil: none is known.
    package var batchID: String? { phase.batch }

    /// Was anything asked of the provider that is not known to have come to nothing?
    package var mayBeOut: Bool { phase != .planned && phase != .abandoned }

    /// Takes over what the provider says.
    /// - Returns: true if that is news.
    package mutating func note(_ state: ProviderBatchState) -> Bool {
        let before = self
        (word, total, completed, failed) = (state.word, state.total, state.completed, state.failed)
        return before != self
    }

    /// What `bobbin status` says of it, behind the shard.
    package var summary: String {
        switch phase {
        case .planned, .uploaded: return "is about to be sent to \(endpoint) as a batch"
        case .uploading, .creating:
            return "waits to hear from \(endpoint) whether it has the batch \(name): it is looked up, not sent again"
        case .abandoned: return "goes out in another way: \(endpoint) has made no batch of it"
        case .created(let id):
            let since = createdAt.map { ", since \($0)" } ?? ""
            let counts = "\(completed) of \(max(total, lines.count)) requests done, \(failed) failed"
            return "waits for its batch \(id) at \(endpoint): \(word.isEmpty ? "created" : word), \(counts)\(since)"
        }
    }
}

extension ProviderBatchRecord {
    /// One JSON text.
    package var record: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("v", 1)
            writer.member("name", name)
            writer.member("endpoint", endpoint)
            writer.member("interface", interface.rawValue)
            writer.member("model", model)
            writer.member("round", round)
            writer.array("lines") { writer in for line in lines { writer.element(line) } }
            writer.member("planned_at", plannedAt.description)
            writer.object("price") { writer in price.write(to: &writer) }
            writer.member("phase", phase.word)
            writer.member("file", phase.file)
            writer.member("batch", phase.batch)
            writer.member("asked_at", askedAt?.description)
            writer.member("created_at", createdAt?.description)
            writer.member("state", word)
            writer.member("total", total)
            writer.member("completed", completed)
            writer.member("failed", failed)
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// Reads what `record` writes; nil for anything else.
    package init?(record: [UInt8]) {
        let value: JSONValue
        do { value = try JSONValue(parsing: record) } catch { return nil }
        func text(_ name: String) -> String? { value[name]?.string }
        func count(_ name: String) -> Int { value[name]?.int ?? 0 }
        guard value["v"]?.int == 1, let name = text("name"), let endpoint = text("endpoint"),
            let interface = text("interface").flatMap(BatchInterface.Kind.init(rawValue:)), let model = text("model"),
            let round = value["round"]?.int, let numbers = value["lines"]?.array?.compactMap(\.int),
            let plannedAt = text("planned_at").flatMap({ Timestamp($0) }),
            let price = value["price"].flatMap(Price.init),
            let phase = ProviderBatch.Phase(
                text("phase") ?? "", file: text("file"), batch: text("batch"))
        else { return nil }
        var lines = LineSet()
        for line in numbers {
            guard line > lines.last ?? 0 else { return nil }
            lines.append(line)
        }
        self.init(
            name: name, endpoint: endpoint, interface: interface, model: model, round: round, lines: lines,
            plannedAt: plannedAt, price: price)
        self.phase = phase
        askedAt = text("asked_at").flatMap { Timestamp($0) }
        createdAt = text("created_at").flatMap { Timestamp($0) }
        (word, total, completed, failed) = (text("state") ?? "", count("total"), count("completed"), count("failed"))
    }
}

extension ProviderBatch.Phase {
    fileprivate var word: String {
        switch self {
        case .planned: "planned"
        case .uploading: "uploading"
        case .uploaded: "uploaded"
        case .creating: "creating"
        case .created: "created"
        case .abandoned: "abandoned"
        }
    }

    fileprivate var file: String? {
        switch self {
        case .uploaded(let file): file
        case .creating(let file): file
        case .planned, .uploading, .created, .abandoned: nil
        }
    }

    fileprivate var batch: String? {
        if case .created(let batch) = self { batch } else { nil }
    }

    fileprivate init?(_ word: String, file: String?, batch: String?) {
        switch (word, file, batch) {
        case ("planned", _, _): self = .planned
        case ("uploading", _, _): self = .uploading
        case ("uploaded", let file?, _): self = .uploaded(file: file)
        case ("creating", _, _): self = .creating(file: file)
        case ("created", _, let batch?): self = .created(batch: batch)
        case ("abandoned", _, _): self = .abandoned
        default: return nil
        }
    }
}

extension Price {
    /// Members of an object: rates in picodollars a token, in the order of `TokenRates`.
    fileprivate func write(to writer: inout JSONWriter) {
        func write(_ rates: TokenRates, _ writer: inout JSONWriter) {
            for rate in [rates.input, rates.cachedInput, rates.cacheWrite, rates.output, rates.reasoning] {
                writer.element(rate.decimal)
            }
        }
        writer.array("rates") { write(rates, &$0) }
        writer.array("tiers") { writer in
            for tier in tiers {
                writer.object { writer in
                    writer.member("above", tier.aboveTokens)
                    writer.array("rates") { write(tier.rates, &$0) }
                }
            }
        }
        writer.member("request", request.decimal)
        writer.member("image", image.decimal)
    }

    fileprivate init?(_ value: JSONValue) {
        func money(_ value: JSONValue?) -> Money? { value?.string.flatMap { Money(recorded: $0) } }
        func rates(_ value: JSONValue?) -> TokenRates? {
            guard let parts = value?["rates"]?.array?.compactMap(money), parts.count == 5 else { return nil }
            return TokenRates(
                input: parts[0], cachedInput: parts[1], cacheWrite: parts[2], output: parts[3], reasoning: parts[4])
        }
        guard let first = rates(value), let request = money(value["request"]), let image = money(value["image"]) else {
            return nil
        }
        var tiers: [Tier] = []
        for tier in value["tiers"]?.array ?? [] {
            guard let above = tier["above"]?.int, let rates = rates(tier) else { return nil }
            tiers.append(Tier(aboveTokens: above, rates: rates))
        }
        self.init(rates: first, tiers: tiers, request: request, image: image)
    }
}
