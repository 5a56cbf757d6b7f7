package import BatchCore
import DurableFiles
import SystemPackage

/// What is done in the background: what a crash left half done, compression, retention.
extension FileHashLog {
    private static let maintenanceInterval = Duration.seconds(86_400)

    /// After the start, after a rotation, and once a day.
    package var isMaintenanceDue: Bool {
        guard let lastMaintenance else { return true }
        return answers.hasRetired || now() - lastMaintenance >= Self.maintenanceInterval
    }

    /// Finishes a `forget` that was cut off, compresses what is sealed, and prunes what is older or more than is kept.
    /// Where answers are kept for a time, the active segment is sealed too, once a day, so that
    /// none outlives it by more than that.
    /// - Parameter isStopping: asked between two segments.
    package func maintain(
        _ retention: Retention, isStopping: @Sendable () -> Bool
    ) async throws(LedgerError) -> Pruned {
        await beginMaintenance()
        defer { endMaintenance() }
        // Also where it fails: it is tried again tomorrow, or after the next rotation.
        defer { lastMaintenance = now() }
        // First: it would be due again at once where the rest fails, and the rest fails each time where a segment is
        // damaged.
        try await closeRetired()
        try await finishForgetting()
        if retention.keep != nil, let began = try answers.beganActive(), now() - began >= Self.maintenanceInterval {
            try answers.retireActive()
        }
        try await closeRetired()
        for segment in try answers.sealedSegments() {
            if isStopping() { return Pruned() }
            if try segment.found()?.isCompressed == false {
                try await inBackground { () throws(LedgerError) in try SegmentCompression.compress(segment) }
                answers.forgetReaders(of: segment.number)
            }
            try await catalogued(segment)
        }
        return try prune(retention)
    }

    /// By hand: the active segment is sealed before, so that it can go too.
    package func prune(keeping retention: Retention) async throws(LedgerError) -> Pruned {
        await beginMaintenance()
        defer { endMaintenance() }
        // What is sealed here is compressed by the next maintenance.
        lastMaintenance = nil
        try await finishForgetting()
        try answers.retireActive()
        try await closeRetired()
        for segment in try answers.sealedSegments() { try await catalogued(segment) }
        return try prune(retention)
    }

    /// Commits what still waits in segments that were rotated away. They do not change any more then: when this
    /// returns, no segment before the active one has anything left in memory, also of those that were rotated away
    /// meanwhile.
    func closeRetired() async throws(LedgerError) {
        while answers.hasRetired {
            for log in answers.takeRetired() {
                do throws(FileError) { try await log.close() } catch { throw .file(error) }
            }
        }
    }

    private func catalogued(_ segment: AnswerSegment) async throws(LedgerError) {
        if answers.catalogue.sealed[segment.number] != nil { return }
        let time = now().seconds
        let facts = try await inBackground { () throws(LedgerError) in
            try AnswerCatalogue.Sealed(of: segment, at: time)
        }
        answers.catalogue.seal(segment.number, facts)
        try answers.catalogue.write()
    }

    private func prune(_ retention: Retention) throws(LedgerError) -> Pruned {
        var sizes: [UInt32: Int] = [:]
        for segment in try AnswerSegment.all(in: directory) where !answers.isPruned(segment.number) {
            sizes[segment.number] = try segment.found()?.sizeBytes ?? 0
        }
        var total = sizes.values.reduce(0, +)
        var pruned = Pruned()
        let time = now()
        let oldestFirst = answers.catalogue.sealed.sorted { ($0.value.newest, $0.key) < ($1.value.newest, $1.key) }
        var going: [UInt32] = []
        var catalogue = answers.catalogue
        for (number, facts) in oldestFirst {
            let isOld = retention.keep.map { time - Timestamp(seconds: facts.newest) > $0 } ?? false
            guard isOld || retention.keepBytes.map({ total > $0 }) ?? false else { continue }
            total -= sizes[number] ?? 0
            pruned.segments += 1
            pruned.answers += facts.answers
            pruned.bytes += sizes[number] ?? 0
            catalogue.prune(number, at: time.seconds)
            going.append(number)
        }
        if going.isEmpty { return pruned }
        // The record before the removal: a segment that is missing without one is damage. Where it cannot be written,
        // the answers are still there, and are not to be paid for anew.
        try catalogue.write()
        answers.catalogue = catalogue
        for number in going {
            answers.forgetReaders(of: number)
            try answers.segment(number).remove()
        }
        try booked { () throws(FileError) in try DurableFile.syncDirectory(directory) }
        return pruned
    }

    /// Off the actor, which has answers to give meanwhile, and on threads that may block.
    nonisolated func inBackground<Value: Sendable>(
        _ work: @Sendable @escaping () throws(LedgerError) -> Value
    ) async throws(LedgerError) -> Value {
        let result: Result<Value, LedgerError> = await withTaskExecutorPreference(FileExecutor.bulk) {
            do throws(LedgerError) { return .success(try work()) } catch { return .failure(error) }
        }
        return try result.get()
    }
}

/// What was taken out of the answers.
package struct Pruned: Equatable, Sendable {
    package var segments = 0
    package var answers = 0
    package var bytes = 0

    package init() {}
}
