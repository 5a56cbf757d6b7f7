import DurableFiles

/// What keeps the hash log quick and never makes anybody wait: the next segment is made, and the index is written down,
/// beside the actor, which is asked for one table of the index at a time.
extension FileHashLog {
    /// Begins what is due. Called after each group of records.
    func keepUp() {
        guard upkeep == nil, !isClosing, Book.allCases.contains(where: isUpkeepDue) else { return }
        upkeep = Task(executorPreference: FileExecutor.shared) { await self.doUpkeep() }
    }

    private func doUpkeep() async {
        for book in Book.allCases {
            do throws(LedgerError) {
                try await prepareSegment(of: book)
                if log(book).isCheckpointDue { try await writeCheckpoint(of: book) }
            } catch {
                // Nothing depends on it but the time of the next start; the next group of records tries again.
                remark("\(error)")
            }
        }
        upkeep = nil
    }

    /// Writes down what the next start would have to read. Nothing is to be accepted from here on.
    /// - Throws: nothing is lost then; the next start takes longer.
    package func close() async throws(LedgerError) {
        isClosing = true
        await upkeep?.value
        for book in Book.allCases where log(book).isClosingCheckpointDue { try await writeCheckpoint(of: book) }
    }

    private func isUpkeepDue(_ book: Book) -> Bool {
        log(book).segmentToPrepare != nil || log(book).isCheckpointDue
    }

    private func prepareSegment(of book: Book) async throws(LedgerError) {
        guard let path = log(book).segmentToPrepare else { return }
        let made = await withTaskExecutorPreference(FileExecutor.bulk) {
            await Self.result { () throws(FileError) in try AppendLog(opening: path, create: true) }
        }
        let following = try booked { () throws(FileError) in try made.get() }
        try change(book) { $0.prepared(following) }
    }

    private func writeCheckpoint(of book: Book) async throws(LedgerError) {
        let coverage = try log(book).coverage
        let written = await withTaskExecutorPreference(FileExecutor.bulk) { await self.write(coverage, of: book) }
        try written.get()
        try change(book) { $0.covered(coverage) }
    }

    private nonisolated func write(_ coverage: KeyLog.Coverage, of book: Book) async -> Result<Void, LedgerError> {
        do throws(LedgerError) {
            try await KeyLog.writeCheckpoint(
                coverage, table: { await self.table($0, of: book) }, records: { await self.records(of: book) })
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    private func table(_ number: Int, of book: Book) -> (slots: [UInt64], count: Int) {
        log(book).table(number)
    }

    private func records(of book: Book) -> Int { log(book).records }

    private nonisolated static func result<Value: Sendable>(
        _ body: @Sendable () throws(FileError) -> Value
    ) async -> Result<Value, FileError> {
        do throws(FileError) { return .success(try body()) } catch { return .failure(error) }
    }
}
