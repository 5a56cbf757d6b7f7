/// What the requests of each lane have taken of late: means in which newer ones count more.
package struct Pace: Equatable, Sendable {
    package struct Mean: Equatable, Sendable {
        /// That answered the newest of them.
        package var model: String
        /// How many it is the mean of; those before are forgotten little by little.
        package var requests: Int
        /// For which a slot was held, from the attempt to the booked answer.
        package var seconds: Double
        package var usd: Double
        package var tokens: Double
        /// Of the newest.
        package var at: Timestamp
    }

    /// Answers that the means reach back, roughly.
    private static let memory = 256

    package private(set) var lanes: [String: Mean] = [:]

    package init() {}

    package mutating func note(
        lane: String, model: String, seconds: Double, spent: Amount, at time: Timestamp
    ) {
        let usd = Double(spent.usd.picodollars) / 1e12
        var mean =
            lanes[lane]
            ?? Mean(model: model, requests: 0, seconds: seconds, usd: usd, tokens: Double(spent.tokens), at: time)
        mean.requests = min(mean.requests + 1, Self.memory)
        let weight = 1 / Double(mean.requests)
        mean.seconds += weight * (seconds - mean.seconds)
        mean.usd += weight * (usd - mean.usd)
        mean.tokens += weight * (Double(spent.tokens) - mean.tokens)
        mean.model = model
        mean.at = time
        lanes[lane] = mean
    }

    /// Of a lane; of none of its own, of the lane that was measured last.
    package func mean(of lane: String) -> (lane: String, Mean)? {
        if let own = lanes[lane] { return (lane, own) }
        return lanes.max { ($0.value.at, $0.key) < ($1.value.at, $1.key) }.map { ($0.key, $0.value) }
    }

    /// `pace.json`.
    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.object("lanes") { writer in
                for (lane, mean) in lanes.sorted(by: { $0.key < $1.key }) {
                    writer.object(lane) { writer in
                        writer.member("model", mean.model)
                        writer.member("requests", mean.requests)
                        writer.member("seconds", mean.seconds)
                        writer.member("usd", mean.usd)
                        writer.member("tokens", mean.tokens)
                        writer.member("at", mean.at.description)
                    }
                }
            }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// - Returns: nil if it is not what `bytes` writes.
    package init?(_ bytes: [UInt8]) {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { return nil }
        guard let members = value["lanes"]?.members else { return nil }
        for member in members {
            guard let model = member.value["model"]?.string, let requests = member.value["requests"]?.int, requests > 0,
                let seconds = member.value["seconds"]?.double, seconds >= 0, let usd = member.value["usd"]?.double,
                let tokens = member.value["tokens"]?.double, tokens >= 0,
                let at = member.value["at"]?.string.flatMap({ Timestamp($0) })
            else { return nil }
            lanes[member.name] = Mean(
                model: model, requests: requests, seconds: seconds, usd: usd, tokens: tokens, at: at)
        }
    }
}
