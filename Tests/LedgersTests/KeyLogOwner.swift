import BatchCore
import DurableFiles
import Ledgers
import SystemPackage

/// A key log with an owner who does upkeep when a test says so.
actor KeyLogOwner {
    private(set) var log: KeyLog

    init(_ directory: FilePath, writable: Bool = true, layout: KeyLogLayout = .small()) throws {
        log = try KeyLog("keys", in: directory, writable: writable, layout: layout)
    }

    var records: Int { log.records }
    var keys: Int { log.keys }
    var remarks: [String] { log.remarks }
    var coveredRecords: Int { log.coveredRecords }
    var indexBytes: Int { log.indexBytes }

    func find(_ key: RequestKey) throws -> KeyRecord? { try log.find(key) }

    func commit(_ records: [KeyRecord]) async throws {
        if let path = log.segmentToPrepare { log.prepared(try AppendLog(opening: path, create: true)) }
        let (file, first) = try log.stage(records)
        try await file.commit()
        try log.index(records, from: first)
    }

    /// - Parameter meanwhile: is called between the copies of two tables, now and then.
    func checkpoint(meanwhile: @escaping @Sendable (KeyLogOwner) async -> Void = { _ in }) async throws {
        let coverage = try log.coverage
        try await KeyLog.writeCheckpoint(coverage) { number in
            if number % 256 == 0 { await meanwhile(self) }
            return await self.table(number)
        } records: {
            await self.records
        }
        log.covered(coverage)
    }

    private func table(_ number: Int) -> (slots: [UInt64], count: Int) { log.table(number) }

    /// - Returns: what differs from a dictionary of number to seconds, in words.
    func difference(_ model: [Int: Int64], _ numbers: Range<Int>) throws -> String? {
        for number in numbers {
            let found = try log.find(key(number))
            if found?.recordedAt != model[number] || found != nil && found?.key != key(number) {
                return "\(number): \(found?.recordedAt ?? -1) for \(model[number] ?? -1)"
            }
        }
        return log.keys == model.count ? nil : "\(log.keys) keys for \(model.count)"
    }
}

extension KeyLogLayout {
    /// Segments of four records or a little more.
    static func small(hash: (@Sendable (RequestKey) -> UInt64)? = nil) -> KeyLogLayout {
        var layout = KeyLogLayout()
        layout.segmentBytes = 256
        if let hash { layout.hash = hash }
        return layout
    }
}

/// - Parameter seconds: nil: it was forgotten.
func record(_ number: Int, _ seconds: Int64?) -> KeyRecord {
    guard let seconds else { return .forgotten(key(number), at: 1) }
    return KeyRecord(key: key(number), answer: KeyRecord.nowhere, recordedAt: seconds)
}

extension [Int: Int64] {
    mutating func take(_ group: [(Int, Int64?)]) {
        for (number, seconds) in group { self[number] = seconds }
    }
}
