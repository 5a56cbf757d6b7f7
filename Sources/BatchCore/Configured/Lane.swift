/// WHEN and HOW: one lane of bobbin.toml. `inbox/NAME/` is the lane NAME, `inbox/` itself the lane `default`.
package struct Lane: Equatable, Sendable {
    package static let defaultName = "default"

    package var name: String
    /// Lower runs first.
    package var priority = 100
    /// Of what the lanes of its priority are given together, in worst-case tokens: twice the weight is twice as much.
    package var weight = 1
    /// A shard that has waited longer for its turn goes before those of a lower priority number; nil: it waits for as
    /// long as these have work.
    package var maxWait: Duration?
    /// Requests in flight at a time.
    package var concurrency = 16
    /// Requests in one shard at the most.
    package var shardLines = 200
    /// A larger share of refused lines than this rejects the file before a cent is spent.
    package var badLines = 0.05
    /// Local times in which shards may start; none given: always.
    package var windows: [TimeWindow] = []
    /// How long after its claim a job should be done. It orders jobs of one priority; nothing is dropped at it.
    package var deadline: Duration?
    /// A file waits until `NAME.jsonl.done` or `NAME.jsonl.sha256` stands beside it.
    package var manifestRequired = false
    /// How long a file must be quiet where the kernel cannot tell whether it has a writer.
    package var settle = Duration.seconds(2)
    /// Is a sampled request (`BatchRequest.isSampled`) answered from what was answered before? By default it is: who
    /// hands the same line in twice nearly always wants the file once, and a second sample costs money without being a
    /// better one. A lane that collects samples says false.
    package var reuseSampled = true
    /// An answer that is older is asked for again, and the new one takes its place; nil: none is too old.
    package var answerMaxAge: Duration?

    package init(name: String) {
        self.name = name
    }

    /// How many shards of a job ask for their turns, or run, at a time: enough to keep every slot busy.
    package var shardsAtOnce: Int { max(2, min(8, concurrency / max(1, shardLines) + 2)) }
}

/// A daily window of local time such as `22:00-06:00`, in minutes after midnight; it may cross midnight.
package struct TimeWindow: Equatable, Sendable, CustomStringConvertible {
    package var startMinute: Int
    package var endMinute: Int

    package init(startMinute: Int, endMinute: Int) {
        self.startMinute = startMinute
        self.endMinute = endMinute
    }

    /// - Parameter minute: 0 to 1439. A window whose start is its end is the whole day.
    package func contains(minute: Int) -> Bool {
        startMinute < endMinute
            ? minute >= startMinute && minute < endMinute : minute >= startMinute || minute < endMinute
    }

    package var description: String {
        [startMinute, endMinute].map { minute in
            let (hour, rest) = minute.quotientAndRemainder(dividingBy: 60)
            return "\(hour < 10 ? "0" : "")\(hour):\(rest < 10 ? "0" : "")\(rest)"
        }.joined(separator: "-")
    }
}
