package import BatchCore

/// `state.json` of a job in processing/: what `bobbin status` shows. It may be lost with the machine's power; nothing
/// is decided by it.
package struct JobState: Equatable, Sendable {
    package enum Phase: String, Sendable {
        case claimed, queued, reading, running, parked, paused, review, stopped, publishing

        /// Nothing moves until something from outside changes.
        package var standsStill: Bool { self == .parked || self == .paused || self == .review || self == .stopped }
    }

    package var phase: Phase
    package var reason: String
    package var lines: Int
    package var done: Int
    /// Of a parked job: when it goes on at the latest, if that is known.
    package var resumesAt: Timestamp?

    package init(
        _ phase: Phase, reason: String = "", lines: Int = 0, done: Int = 0, resumesAt: Timestamp? = nil
    ) {
        self.phase = phase
        self.reason = reason
        self.lines = lines
        self.done = done
        self.resumesAt = resumesAt
    }

    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("state", phase.rawValue)
            writer.member("reason", reason)
            writer.member("lines", lines)
            writer.member("done", done)
            if let resumesAt { writer.member("resumes_at", resumesAt.description) }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    package init?(_ bytes: [UInt8]) {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { return nil }
        guard let phase = value["state"]?.string.flatMap(Phase.init(rawValue:)) else { return nil }
        self.init(
            phase, reason: value["reason"]?.string ?? "", lines: value["lines"]?.int ?? 0,
            done: value["done"]?.int ?? 0, resumesAt: value["resumes_at"]?.string.flatMap { Timestamp($0) })
    }
}
