package import BatchCore
import DurableFiles
package import SystemPackage

/// The hash log on disk: fixed records for keys, lines for answers, an index of fingerprints in memory. One process
/// writes it, under the lock of the spool; others may read.
package actor FileHashLog: HashLog {
    var keys: KeyLog
    var defects: KeyLog
    var rejected: KeyLog
    var answers: AnswerLog
    nonisolated let directory: FilePath
    let now: @Sendable () -> Timestamp
    let remark: @Sendable (String) -> Void
    let noteKeyRecords: @Sendable (Int) -> Void
    /// What runs beside the actor (`keepUp`).
    var upkeep: Task<Void, Never>?
    var isClosing = false
    /// Keys on their way to the disk, which the index does not know yet; and who waits for one of them.
    private var pending: Set<RequestKey> = []
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// Of maintenance, forgetting and pruning one is done at a time: each replaces files.
    private var isInMaintenance = false
    private var waitingForMaintenance: [CheckedContinuation<Void, Never>] = []
    /// When the last maintenance ended; nil: none since the start, so that what a crash left is done now.
    var lastMaintenance: Timestamp?

    /// Reads the checkpoints and the keys behind them; a torn tail is cut by the first append.
    /// - Parameter remark: is told what took longer than it should, or will: nothing is lost by it.
    /// - Throws: `.damaged` where a record in the middle is not as written.
    /// - Parameters:
    ///   - segmentBytes: how large a segment of answers grows.
    ///   - noteKeyRecords: is told how many records of keys are durable, whenever there are more.
    package init(
        in directory: FilePath, writable: Bool = true, layout: KeyLogLayout = KeyLogLayout(),
        segmentBytes: Int? = nil, remark: @escaping @Sendable (String) -> Void = { _ in },
        noteKeyRecords: @escaping @Sendable (Int) -> Void = { _ in }, now: @escaping @Sendable () -> Timestamp
    ) throws(LedgerError) {
        keys = try KeyLog("keys", in: directory, writable: writable, layout: layout)
        defects = try KeyLog("defects", in: directory, writable: writable, layout: layout)
        rejected = try KeyLog("rejected", in: directory, writable: writable, layout: layout)
        self.remark = remark
        self.noteKeyRecords = noteKeyRecords
        for text in keys.remarks + defects.remarks + rejected.remarks { remark(text) }
        answers = try AnswerLog(
            in: directory, writable: writable, segmentBytes: segmentBytes ?? AnswerLog.segmentBytes)
        self.directory = directory
        self.now = now
    }

    package func response(at locator: AnswerLocator, for key: RequestKey) throws(LedgerError) -> [UInt8]? {
        try answers.response(at: locator, for: key)
    }

    package func accept(
        _ new: [(key: RequestKey, response: [UInt8])], from origin: AnswerOrigin?, replacing: Bool,
        outdated: Timestamp?
    ) async throws(LedgerError) {
        await begin(new.map(\.key))
        defer { end(new.map(\.key)) }
        var seen: Set<RequestKey> = []
        var fresh: [(key: RequestKey, response: [UInt8])] = []
        for (answer, record) in zip(new, try await find(new.map(\.key), in: .keys)) {
            let known = record.flatMap { answers.isPruned($0.answer.file) ? nil : $0 }
            if let record = known, outdated.map({ Timestamp(seconds: record.recordedAt) >= $0 }) ?? true {
                guard replacing else { continue }
                if try answers.response(at: record.answer, for: answer.key) == answer.response { continue }
            }
            if seen.insert(answer.key).inserted { fresh.append(answer) }
        }
        guard !fresh.isEmpty else { return }
        let time = now()
        var batch = AnswerBatch()
        for answer in fresh { batch.add(answer.key, answer.response, at: time, from: origin) }
        try await write(batch)
    }

    /// Makes answers durable, and then their keys: a key on disk always leads to a whole answer.
    func write(_ batch: AnswerBatch) async throws(LedgerError) {
        let (log, segment, offset) = try answers.stage(batch.lines)
        try await commit(log)
        try await record(batch.records(segment: segment, offset: offset), in: .keys)
    }

    package func rememberDefects(_ new: [RequestKey]) async throws(LedgerError) {
        let new = Array(Set(new))
        await begin(new)
        defer { end(new) }
        let time = now().seconds
        let accepted = try await find(new, in: .keys)
        let known = try await find(new, in: .defects)
        var fresh: [KeyRecord] = []
        for (place, key) in new.enumerated() {
            // A defect that is older than an accepted answer says nothing about what came after it.
            if let known = known[place], known.recordedAt > accepted[place]?.recordedAt ?? .min { continue }
            fresh.append(KeyRecord(key: key, answer: KeyRecord.nowhere, recordedAt: time))
        }
        if !fresh.isEmpty { try await record(fresh, in: .defects) }
    }

    package func rememberRejected(_ file: SHA256Digest) async throws(LedgerError) {
        let key = RequestKey(file)
        await begin([key])
        defer { end([key]) }
        guard try rejected.find(key) == nil else { return }
        try await record([KeyRecord(key: key, answer: KeyRecord.nowhere, recordedAt: now().seconds)], in: .rejected)
    }

    package func wasRejected(_ file: SHA256Digest) throws(LedgerError) -> Bool {
        try rejected.find(RequestKey(file)) != nil
    }

    /// Records of keys that are durable, with those that others have replaced.
    package var keyRecords: Int { keys.records }

    /// Was any file rejected? Asked by who would have to hash a file first.
    package var hasRejected: Bool { rejected.records > 0 }

    /// Waits until none of the keys is on its way: else two callers at a time would both find it missing, and write it
    /// twice.
    func begin(_ keys: [RequestKey]) async {
        while !pending.isDisjoint(with: keys) {
            await withCheckedContinuation { waiting.append($0) }
        }
        pending.formUnion(keys)
    }

    func end(_ keys: [RequestKey]) {
        pending.subtract(keys)
        for waiter in exchange(&waiting, with: []) { waiter.resume() }
    }

    func commit(_ log: AppendLog) async throws(LedgerError) {
        do throws(FileError) { try await log.commit() } catch { throw .file(error) }
    }

    /// One at a time, in the order of their coming.
    func beginMaintenance() async {
        while isInMaintenance { await withCheckedContinuation { waitingForMaintenance.append($0) } }
        isInMaintenance = true
    }

    func endMaintenance() {
        isInMaintenance = false
        for waiter in exchange(&waitingForMaintenance, with: []) { waiter.resume() }
    }
}
