import Backends
import BatchCore
import Spooling

/// The lines of a batch on their way out.
extension BatchRound {
    /// The attempts on its lines, each with what was set aside for it.
    /// - Returns: false: a line is none any more by today's configuration. Nothing was sent of any.
    func begin() async throws -> Bool {
        let begun = Set(marks().map(\.line))
        var attempts: [AttemptLog.Attempt] = []
        for line in record.lines where !begun.contains(line) {
            guard let entry = run.reading.entry(ofLine: line) else { return false }
            let worstCase = entry.request.worstCase(at: record.plannedAt)
            attempts.append(
                AttemptLog.Attempt(
                    line: line, shard: number, round: record.round, worstCase: worstCase, model: record.model))
        }
        try await run.attempts.begin(attempts)
        return true
    }

    /// The attempts that have no end yet.
    func marks() -> [AttemptLog.Attempt] {
        let outcomes = shard.file.entries
        return run.attempts.inFlight(in: number, round: record.round) { outcomes[$0] != nil }
    }

    /// Are its lines still lines that its model may answer, at the price at which they are charged, and for no more
    /// than was set aside?
    func mayStillBeSent(at now: Timestamp) -> Bool {
        guard run.policies.catalogue.models[record.model]?.prices?.price(at: now) == record.price else { return false }
        return marks().allSatisfy { mark in
            guard let request = run.reading.entry(ofLine: mark.line)?.request else { return false }
            let models = run.candidates(of: request, at: now)
            return mark.worstCase.covers(request.worstCase(at: now)) && models.contains { $0.name == record.model }
        }
    }

    /// What is uploaded.
    /// - Returns: nil: a line is none any more, or costs more than was set aside for it, since the configuration or the
    ///   price has changed.
    func content() async throws -> [UInt8]? {
        let wire = wire
        guard mayStillBeSent(at: run.services.now()) else { return nil }
        var content: [UInt8] = []
        for mark in marks() {
            guard let entry = run.reading.entry(ofLine: mark.line) else { return nil }
            let outgoing = try run.input.outgoing(entry, to: model)
            content += wire.line(
                customID: record.customID(of: mark.line), url: shard.shard.kind.url, body: outgoing.body)
            content.append(UInt8(ascii: "\n"))
        }
        return content
    }
}
