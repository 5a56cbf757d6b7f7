import Backends
import BatchCore
import DurableFiles
import Logging
import Spooling

/// Books what a batch came to, line by line, as if each had been an exchange of its own. What is booked already, by a
/// process that ended in the middle, is left as it is.
extension BatchRound {
    /// - Parameter state: how it ended: it tells what a line without a result is.
    func book(_ results: BatchResults, of state: ProviderBatchState) async throws {
        let found = byLine(results)
        if state.end == .refused, let fault = state.faults.first(where: \.isOfAccount) ?? unexplained(state) {
            for mark in marks() { run.attempts.endUnsent(mark) }
            try round.trouble(record.endpoint, "it refuses the batch \(record.name): \(fault.message)")
            return
        }
        // Some were run and cannot be told from those that were not. Errors are answers, and are not completed.
        let responses = found.values.count(where: \.isAnswered)
        let hasUntold = results.unreadableLines > 0 || responses < state.completed
        let places = Dictionary(uniqueKeysWithValues: zip(record.lines, 1...))
        try await eachLine(ofBytes: { found[$0]?.length ?? 0 }) { mark in
            let fault = state.faults.first { $0.line == places[mark.line] }
            if let entry = found[mark.line] { return try results.content(of: entry) }
            if hasUntold, state.end != .refused { return Self.missing(in: self.record.name) }
            return Self.content(without: state, fault, self.record.name)
        }
    }

    /// What its lines came to is not known, and no answer will come.
    func lose(because reason: String) async throws {
        try await eachLine(ofBytes: { _ in 0 }) { _ in .lost(code: "batch_lost", message: reason) }
    }

    /// A refusal without any reason is no line's fault.
    private func unexplained(_ state: ProviderBatchState) -> ProviderBatchState.Fault? {
        state.faults.isEmpty ? ProviderBatchState.Fault(code: "", message: "it gives no reason") : nil
    }

    private static func content(
        without state: ProviderBatchState, _ fault: ProviderBatchState.Fault?, _ name: String
    ) -> ProviderBatchResult.Content {
        switch state.end {
        case .expired: return .notRun(code: "batch_expired", message: "the batch expired before the request was run")
        case .cancelled:
            return .notRun(code: "batch_cancelled", message: "the batch was cancelled before the request was run")
        case .refused:
            if let fault { return .failed(code: fault.code, message: fault.message) }
            let first = state.faults.first
            return .notRun(
                code: first?.code ?? "batch_failed", message: "the batch was not run: \(first?.message ?? "")")
        case .completed, nil:
            return missing(in: name)
        }
    }

    private static func missing(in name: String) -> ProviderBatchResult.Content {
        .lost(code: "batch_result_missing", message: "the batch \(name) has ended, without a result of the line")
    }

    /// The first result of each line counts. What is not ours, or said twice, is told, and changes nothing.
    private func byLine(_ results: BatchResults) -> [Int: BatchResults.Entry] {
        var found: [Int: BatchResults.Entry] = [:]
        var (foreign, repeated) = (0, 0)
        for entry in results.entries {
            guard let line = record.line(ofCustomID: entry.id) else {
                foreign += 1
                continue
            }
            if found[line] == nil { found[line] = entry } else { repeated += 1 }
        }
        let remarks = [
            (foreign, "have a custom_id that is none of the batch"), (repeated, "are of a line that had one before"),
            (results.unreadableLines, "cannot be read"),
        ]
        for (count, words) in remarks where count > 0 {
            tell("batch.remark", ["reason": "\(count) of its results \(words): they are passed over"], level: .warning)
        }
        return found
    }

    /// So many together that they share fsyncs, and so few that their answers have room in memory, where each is held
    /// some ten times over: as text, taken apart, and in what is written of it. One that is larger goes alone.
    private static let atOnce = (lines: 64, bytes: 8 << 20)

    /// - Parameter bytes: of what was said of a line.
    private func eachLine(
        ofBytes bytes: (Int) -> Int,
        _ content: @escaping @Sendable (AttemptLog.Attempt) throws -> ProviderBatchResult.Content
    ) async throws {
        let halt = Halt()
        var rest = marks()[...]
        var (lines, held) = (0, 0)
        await withTaskGroup(of: Int.self) { group in
            func startNext() {
                while let mark = rest.first, lines < Self.atOnce.lines {
                    let size = bytes(mark.line)
                    guard lines == 0 || held + size <= Self.atOnce.bytes else { return }
                    rest.removeFirst()
                    (lines, held) = (lines + 1, held + size)
                    group.addTask {
                        do { try await book(content(mark), mark) } catch { halt.note(error) }
                        return size
                    }
                }
            }
            startNext()
            while let size = await group.next() {
                (lines, held) = (lines - 1, held - size)
                startNext()
            }
        }
        if let error = halt.error { throw error }
    }

    private func book(_ content: ProviderBatchResult.Content, _ mark: AttemptLog.Attempt) async throws {
        guard let entry = run.reading.entry(ofLine: mark.line), run.policies.catalogue.models[record.model] != nil
        else {
            return try await bookUnread(content, mark)
        }
        let outgoing: OutgoingRequest
        // A line that another model of its route takes may be none for this one by now.
        do { outgoing = try run.input.outgoing(entry, to: model) } catch is JobDamage {
            return try await bookUnread(content, mark)
        }
        let attempt = run.attempts.attempts(of: mark.line)
        let retry = run.policies.retry
        let exchange: Exchange
        var step: AttemptStep?
        switch content {
        case .response(let status, let requestID, let body):
            exchange = Exchange(
                result: .response(BackendResponse(status: status, body: body, requestID: requestID)),
                url: entry.request.kind.url, request: outgoing, at: record.plannedAt)
        case .lost(_, let message):
            exchange = Exchange(without: .unknown(message), request: outgoing)
        case .failed(let code, let message):
            exchange = Exchange(without: .status(400, code: code, retryAfter: nil), request: outgoing)
            step = .failed(code: code, message: message)
        case .notRun(let code, let message):
            exchange = Exchange(without: .status(503, code: code, retryAfter: nil), request: outgoing)
            step =
                attempt < retry.attempts
                ? .again(after: .zero) : .failed(code: code, message: "\(message), in each of \(attempt) batches")
        }
        let next = step ?? retry.step(after: exchange.ending, attempt: attempt, random: run.services.random())
        try await round.book(next, exchange, entry, mark, record.price)
    }

    /// A line that today's configuration refuses, or whose model is not in it: what its answer cost cannot be told any
    /// more, and it is charged at its worst case.
    private func bookUnread(_ content: ProviderBatchResult.Content, _ mark: AttemptLog.Attempt) async throws {
        switch content {
        case .notRun, .failed: return run.attempts.endUnbilled(mark)
        case .response, .lost: break
        }
        let reason = "it was sent in a batch, and the configuration does not know the line or its model any more"
        try await run.attempts.endUnknown(mark, because: reason)
        var outcome = Outcome(line: mark.line, result: .failed)
        outcome.round = record.round
        outcome.attempts = run.attempts.attempts(of: mark.line)
        outcome.model = record.model
        outcome.error = ("not_configured", reason)
        try await shard.file.append(outcome)
        try shard.advance()
    }
}
