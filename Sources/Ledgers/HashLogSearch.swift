package import BatchCore
import DurableFiles

/// Looking for keys: the index beside nobody, the disk beside the actor.
extension FileHashLog {
    /// How many keys are looked for, or entered, before others have their turn: about a millisecond.
    static let keysPerTurn = 2048
    /// So many records are read without leaving the actor: less than the way to another thread and back costs, and
    /// little to wait for where the disk has to be asked.
    private static let readsOnActor = 16

    package func recall(_ keys: [RequestKey]) async throws(LedgerError) -> [Memory?] {
        var memories: [Memory?] = []
        memories.reserveCapacity(keys.count)
        for start in stride(from: 0, to: keys.count, by: Self.keysPerTurn) {
            if start > 0 { await Task.yield() }
            let turn = keys[start..<min(keys.count, start + Self.keysPerTurn)]
            let known = try await findTurn(turn, in: .keys)
            let defects = try await findTurn(turn, in: .defects)
            for (record, defect) in zip(known, defects) { memories.append(memory(record, defect)) }
        }
        return memories
    }

    /// The newest record of each key, in the order of `keys`; nil: there is none, or it was forgotten.
    func find(_ keys: [RequestKey], in book: Book) async throws(LedgerError) -> [KeyRecord?] {
        var records: [KeyRecord?] = []
        records.reserveCapacity(keys.count)
        for start in stride(from: 0, to: keys.count, by: Self.keysPerTurn) {
            if start > 0 { await Task.yield() }
            records += try await findTurn(keys[start..<min(keys.count, start + Self.keysPerTurn)], in: book)
        }
        return records
    }

    private func memory(_ record: KeyRecord?, _ defect: KeyRecord?) -> Memory? {
        guard let record else { return defect.map { _ in .defect } }
        let hasLaterDefect = defect.map { $0.recordedAt > record.recordedAt } ?? false
        // Asked for anew, unless that was done in vain already.
        if answers.isPruned(record.answer.file) { return hasLaterDefect ? .defect : nil }
        return .accepted(
            StoredAnswer(locator: record.answer, recordedAt: record.recordedAt, hasLaterDefect: hasLaterDefect))
    }

    private func findTurn(_ keys: ArraySlice<RequestKey>, in book: Book) async throws(LedgerError) -> [KeyRecord?] {
        let candidates = log(book).candidates(keys)
        let wanted = candidates.count { $0 != nil }
        if wanted == 0 { return [KeyRecord?](repeating: nil, count: keys.count) }
        let segments = log(book).segments
        // A record is never changed: what was the newest at the beginning of the call still is what it says.
        var records =
            if wanted <= Self.readsOnActor {
                try segments.records(candidates)
            } else {
                try await Self.beside { () throws(LedgerError) in try segments.records(candidates) }
            }
        for (place, key) in keys.enumerated() {
            guard let record = records[place], record.key != key else { continue }
            // Another key with the same fingerprint: it may have one further on.
            records[place] = try log(book).find(key)
        }
        return records
    }

    /// On threads that may wait for a disk.
    private nonisolated static func beside<Value: Sendable>(
        _ work: @Sendable @escaping () throws(LedgerError) -> Value
    ) async throws(LedgerError) -> Value {
        let result: Result<Value, LedgerError> = await withTaskExecutorPreference(FileExecutor.shared) {
            do throws(LedgerError) { return .success(try work()) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
