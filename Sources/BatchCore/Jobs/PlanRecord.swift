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
                        writer.member("worst_usd", shard.worstCase.usd.decimal)
                        writer.member("worst_tokens", shard.worstCase.tokens)
                        writer.array("lines") { writer in for line in shard.lines { writer.element(line) } }
                    }
                }
            }
            writer.array("duplicates") { writer in
                for (line, first) in duplicates.sorted(by: { $0.key < $1.key }) {
                    writer.array { writer in
                        writer.element(line)
                        writer.element(first)
                    }
                }
            }
            writer.array("known_defects") { writer in for line in knownDefects.sorted() { writer.element(line) } }
        }
        return writer.bytes
    }

    /// Reads what `record` writes; nil if it is anything else.
    package init?(record bytes: [UInt8]) {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { return nil }
        guard value["v"]?.int == 1, let shards = value["shards"]?.array, let pairs = value["duplicates"]?.array,
            let knownDefects = value["known_defects"]?.lineNumbers
        else { return nil }
        var read: [Shard] = []
        for entry in shards {
            guard let shard = Shard(entry) else { return nil }
            read.append(shard)
        }
        var duplicates: [Int: Int] = [:]
        for pair in pairs {
            guard let pair = pair.lineNumbers, pair.count == 2 else { return nil }
            duplicates[pair[0]] = pair[1]
        }
        self.init(shards: read, duplicates: duplicates, knownDefects: Set(knownDefects))
    }
}

extension ShardPlan.Shard {
    fileprivate init?(_ value: JSONValue) {
        guard let number = value["shard"]?.int,
            let role = value["role"]?.string.flatMap(ShardPlan.Role.init(rawValue:)),
            let url = value["url"]?.string.flatMap(RequestURL.init(rawValue:)), let model = value["model"]?.string,
            let usd = value["worst_usd"]?.string.flatMap({ Money(recorded: $0) }),
            let tokens = value["worst_tokens"]?.int, let lines = value["lines"]?.lineNumbers
        else { return nil }
        self.init(
            number: number, role: role, kind: RequestKind(url: url, model: model), lines: lines,
            worstCase: Amount(usd: usd, tokens: tokens))
    }
}

extension JSONValue {
    /// nil if one of them is no integer: a plan that has lost a line would lose its answer.
    fileprivate var lineNumbers: [Int]? {
        guard let elements = array else { return nil }
        let numbers = elements.compactMap(\.int)
        return numbers.count == elements.count ? numbers : nil
    }
}
