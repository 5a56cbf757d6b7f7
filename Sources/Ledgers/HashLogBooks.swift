/// The key logs of the hash log: what is kept of each, and looked after, repaired and counted, is kept of all.
extension FileHashLog {
    enum Book: String, CaseIterable, Sendable {
        /// Requests with an accepted answer.
        case keys
        /// Requests that were paid for and whose answer was not accepted.
        case defects
        /// Files that were paid for and rejected; the SHA-256 of their bytes stands in the place of a key.
        case rejected
    }

    func log(_ book: Book) -> KeyLog {
        switch book {
        case .keys: keys
        case .defects: defects
        case .rejected: rejected
        }
    }

    func change<Result>(
        _ book: Book, _ body: (inout KeyLog) throws(LedgerError) -> Result
    ) throws(LedgerError) -> Result {
        switch book {
        case .keys: try body(&keys)
        case .defects: try body(&defects)
        case .rejected: try body(&rejected)
        }
    }

    /// Makes records durable, and then known. The caller has their keys for himself (`begin`).
    func record(_ records: [KeyRecord], in book: Book) async throws(LedgerError) {
        let (log, first) = try change(book) { log throws(LedgerError) in try log.stage(records) }
        try await commit(log)
        for start in stride(from: 0, to: records.count, by: Self.keysPerTurn) {
            if start > 0 { await Task.yield() }
            let part = records[start..<min(start + Self.keysPerTurn, records.count)]
            try change(book) { log throws(LedgerError) in try log.index(part, from: first + start) }
        }
        if case .keys = book { noteKeyRecords(keys.records) }
        keepUp()
    }
}
