/// `plan.json` of a job.
extension ShardPlan {
    package var record: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("v", 1)
            writer.array("shards") { writer in
                for shard in shards {
                    writer.object { writer in
                        writer.member("shard", shard.number)
                        writer.member("role", shard.role.rawValue)
                        writer.member("url", shard.kind.url.rawValue)
                        writer.member("model", shard.kind.model)
                        if let models = shard.kind.models {
                            writer.array("models") { writer in for model in models { writer.element(model) } }
                        }
                        if shard.kind.isTrial { writer.member("trial", true) }
                        shard.stratum.write(to: &writer)
                        writer.member("worst_usd", shard.worstCase.usd.decimal)
                        writer.member("worst_tokens", shard.worstCase.tokens)
                        writer.array("lines") { writer in shard.lines.write(to: &writer) }
                    }
                }
            }
            writer.array("duplicates") { writer in
                duplicates.forEach { line, first in writer.array(of: line, first) }
            }
            writer.array("known_defects") { writer in knownDefects.write(to: &writer) }
        }
        return writer.bytes
    }

    /// Reads what `record` writes; nil if it is anything else.
    package init?(record bytes: [UInt8]) {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { return nil }
        guard value["v"]?.int == 1, let shards = value["shards"]?.array, let pairs = value["duplicates"]?.array,
            let knownDefects = value["known_defects"]?.lineSet
        else { return nil }
        var read: [Shard] = []
        for entry in shards {
            guard let shard = Shard(entry) else { return nil }
            read.append(shard)
        }
        var duplicates = DuplicateLines()
        var last = 0
        for pair in pairs {
            guard let pair = pair.pair, pair.0 > last, pair.1 > 0, pair.0 <= Int(UInt32.max), pair.1 < pair.0 else {
                return nil
            }
            duplicates.append(pair.0, of: pair.1)
            last = pair.0
        }
        self.init(shards: read, duplicates: duplicates, knownDefects: knownDefects)
    }
}

extension ShardPlan.Shard {
    fileprivate init?(_ value: JSONValue) {
        guard let number = value["shard"]?.int,
            let role = value["role"]?.string.flatMap(ShardPlan.Role.init(rawValue:)),
            let url = value["url"]?.string.flatMap(RequestURL.init(rawValue:)), let model = value["model"]?.string,
            let usd = value["worst_usd"]?.string.flatMap({ Money(recorded: $0) }),
            let tokens = value["worst_tokens"]?.int, let lines = value["lines"]?.lineSet,
            let stratum = Stratum?(record: value)
        else { return nil }
        // A plan of an earlier version has none of them: its shards go to all models of their route.
        let models = value["models"]?.array?.compactMap(\.string)
        guard models?.count == value["models"]?.array?.count, (models == nil) == (value["models"] == nil) else {
            return nil
        }
        let kind = RequestKind(url: url, model: model, models: models, isTrial: value["trial"] == .bool(true))
        self.init(
            number: number, role: role, kind: kind, stratum: stratum, lines: lines,
            worstCase: Amount(usd: usd, tokens: tokens))
    }
}

extension LineSet {
    /// A line that has no neighbour is a number; a run of several is an array of its first and last.
    fileprivate func write(to writer: inout JSONWriter) {
        for (first, last) in bounds {
            if first == last { writer.element(first) } else { writer.array(of: first, last) }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func array(of first: Int, _ second: Int) {
        array { writer in
            writer.element(first)
            writer.element(second)
        }
    }
}

extension JSONValue {
    /// nil if one of them is no line, or they do not ascend: a plan that has lost a line would lose its answer.
    fileprivate var lineSet: LineSet? {
        guard let elements = array else { return nil }
        var lines = LineSet()
        for element in elements {
            guard let (first, last) = element.int.map({ ($0, $0) }) ?? element.pair, first > lines.last ?? 0,
                last >= first, last <= Int(UInt32.max)
            else { return nil }
            lines.append(through: last, from: first)
        }
        return lines
    }

    fileprivate var pair: (Int, Int)? {
        guard let elements = array, elements.count == 2, let first = elements[0].int, let second = elements[1].int
        else { return nil }
        return (first, second)
    }
}
