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
        guard value["v"]?.int == 1, let shards = value["shards"]?.array else { return nil }
        var read: [Shard] = []
        for entry in shards {
            guard let shard = Shard(entry) else { return nil }
            read.append(shard)
        }
        var duplicates: [Int: Int] = [:]
        for pair in value["duplicates"]?.array ?? [] {
            guard let pair = pair.array, pair.count == 2, let line = pair[0].int, let first = pair[1].int else { return nil }
            duplicates[line] = first
        }
        self.init(
            shards: read, duplicates: duplicates,
            knownDefects: Set((value["known_defects"]?.array ?? []).compactMap(\.int)))
    }
}

extension ShardPlan.Shard {
    fileprivate init?(_ value: JSONValue) {
        guard let number = value["shard"]?.int,
            let role = value["role"]?.string.flatMap(ShardPlan.Role.init(rawValue:)),
            let url = value["url"]?.string.flatMap(RequestURL.init(rawValue:)), let model = value["model"]?.string,
            let usd = value["worst_usd"]?.string.flatMap({ Money(decimal: $0) }),
            let tokens = value["worst_tokens"]?.int, let lines = value["lines"]?.array
        else { return nil }
        self.init(
            number: number, role: role, kind: RequestKind(url: url, model: model), lines: lines.compactMap(\.int),
            worstCase: Amount(usd: usd, tokens: tokens))
    }
}
