import DurableFiles
import SystemPackage

/// The index on disk: written beside the log from copies of its tables, read at a start.
extension KeyLog {
    /// How many records, of those before `covered`, say that a checkpoint was made of this log.
    private static let sampled = 64

    /// A start would have to read too many records.
    package var isCheckpointDue: Bool {
        isWritable && layout.isCheckpointDue(covered: coveredRecords, records: indexedRecords)
    }

    /// Worth it before the end.
    package var isClosingCheckpointDue: Bool {
        isWritable && indexedRecords - coveredRecords > layout.closingTailRecords
    }

    /// What a checkpoint that is begun now is about.
    package struct Coverage: Sendable {
        let path: FilePath
        let records: Int
        let sample: UInt32
    }

    package var coverage: Coverage {
        get throws(LedgerError) {
            Coverage(path: path, records: indexedRecords, sample: try sample(of: indexedRecords))
        }
    }

    /// A table of the index as it is now, for `writeCheckpoint`.
    package func table(_ number: Int) -> (slots: [UInt64], count: Int) { index.copy(ofTable: number) }

    /// Writes the index down beside its owner, who goes on meanwhile. It blocks its thread.
    /// - Parameters:
    ///   - table: asks the owner for one.
    ///   - records: asks the owner how many are durable.
    package static func writeCheckpoint(
        _ coverage: Coverage, table: @Sendable (Int) async -> (slots: [UInt64], count: Int),
        records: @Sendable () async -> Int
    ) async throws(LedgerError) {
        try await IndexCheckpoint.write(
            to: coverage.path, covered: coverage.records, sample: coverage.sample, table: table, reached: records)
    }

    /// The checkpoint of that coverage is on disk.
    package mutating func covered(_ coverage: Coverage) { coveredRecords = max(coveredRecords, coverage.records) }

    static func openCheckpoint(
        _ prefix: String, in directory: FilePath, _ remarks: inout [String]
    ) -> IndexCheckpoint? {
        let path = directory.appending("\(prefix).index")
        switch IndexCheckpoint.open(path) {
        case .success(let checkpoint): return checkpoint
        case .failure(let error): remarks.append(Self.remark(path, error.reason))
        case nil: break
        }
        return nil
    }

    /// Takes the checkpoint in, if it is one of this log.
    mutating func restore(_ checkpoint: IndexCheckpoint) throws(LedgerError) {
        let inLog = segments.all.last.map { $0.first + $0.wholeRecords } ?? 0
        guard checkpoint.reached <= inLog, try segments.record(checkpoint.reached - 1) != nil,
            try sample(of: checkpoint.covered) == checkpoint.sample
        else { return remarks.append(Self.remark(path, "it is one of another log, or of one that was longer")) }
        let restored = FingerprintIndex()
        do throws(IndexCheckpoint.Unusable) {
            try checkpoint.fill(restored)
        } catch {
            return remarks.append(Self.remark(path, error.reason))
        }
        index = restored
        coveredRecords = checkpoint.covered
    }

    /// What a writer that was killed in the middle of a checkpoint left.
    mutating func removeLeftovers() {
        do throws(FileError) {
            guard try FileFacts(at: directory) != nil else { return }
            try UnpublishedFile.removeLeftovers(of: path)
        } catch {
            remarks.append("\(error)")
        }
    }

    private static func remark(_ path: FilePath, _ reason: String) -> String {
        "\(path.string): \(reason); all keys are read from the log instead"
    }

    /// A checksum over some of the first records, which tells this log from another one.
    private func sample(of count: Int) throws(LedgerError) -> UInt32 {
        var bytes: [UInt8] = []
        for part in 1...Self.sampled {
            guard count > 0,
                let record = try segments.record(count * part / Self.sampled - (part < Self.sampled ? 0 : 1))
            else { continue }
            record.append(to: &bytes)
        }
        return crc32c(bytes)
    }
}
