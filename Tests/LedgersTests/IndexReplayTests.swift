import TestSupport
import Testing

@testable import Ledgers

@Suite("A start that enters records table by table makes the index that entering them one by one makes")
struct IndexReplayTests {
    private struct Record {
        let key: UInt64
        let isForgotten: Bool
    }

    /// The real hash; one that is equal for all; one table for all; two tables, four fingerprints in each.
    private static let hashes: [@Sendable (UInt64) -> UInt64] = [
        { $0 &* 0x9E37_79B9_7F4A_7C15 },
        { _ in 7 << 28 },
        { $0 &* 0x9E37_79B9_7F4A_7C15 >> 12 },
        { $0 << 63 | ($0 & 6) << 40 },
    ]

    @Test("with keys that come again and keys that are forgotten", arguments: 0..<4, UInt64(0)..<4)
    func sameTables(hash: Int, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let records = (0..<(hash == 0 ? 20_000 : 600)).map { _ in
            Record(key: .random(in: 0..<(hash == 0 ? 9000 : 90), using: &random), isForgotten: random.once(in: 4))
        }
        let (inOrder, byTables) = (FingerprintIndex(), FingerprintIndex())
        var replay = IndexReplay()
        for (number, record) in records.enumerated() {
            let hash = Self.hashes[hash](record.key)
            let isSame = { (other: Int) throws(LedgerError) in records[other].key == record.key }
            if record.isForgotten {
                try inOrder.remove(hash, record: number, isSame: isSame)
            } else {
                try inOrder.insert(hash, record: number, isSame: isSame)
            }
            replay.add(hash, number: number, isForgotten: record.isForgotten)
            // In several batches, of which none begins at 0 but the first.
            if random.once(in: 1000) || number == records.count - 1 {
                try replay.enter(into: byTables) { (one, other) throws(LedgerError) in
                    records[one].key == records[other].key
                }
            }
        }
        #expect(inOrder.count > 0 && inOrder.count == byTables.count && inOrder.bytes == byTables.bytes)
        for table in 0..<FingerprintIndex.tableCount {
            let (one, other) = (inOrder.copy(ofTable: table), byTables.copy(ofTable: table))
            #expect(one == other, "table \(table), seed \(seed)")
        }
    }

    @Test("a record that the checkpoint has already, and one that is older than what it has, change nothing")
    func known() throws {
        let index = FingerprintIndex()
        for number in [3, 5] { try index.insert(UInt64(number) << 40, record: number) { _ in false } }
        let before = index.copy(ofTable: 0)
        var replay = IndexReplay()
        replay.add(3 << 40, number: 3, isForgotten: false)
        replay.add(5 << 40, number: 4, isForgotten: true)
        replay.add(5 << 40, number: 5, isForgotten: false)
        try replay.enter(into: index) { _, _ in true }
        #expect(index.copy(ofTable: 0) == before && index.count == 2)
    }
}
