import TestSupport
import Testing

@testable import Ledgers

@Suite("Keys spread over the whole of the index")
struct FingerprintIndexTests {
    @Test("homes are spread evenly, and keep the order of the fingerprints", arguments: [100, 1000, 4097] as [UInt32])
    func homes(capacity: UInt32) {
        let table = SlotTable(capacity: capacity, count: 0)
        defer { table.free() }
        var random = SeededGenerator(seed: UInt64(capacity))
        var homes = (0..<10_000).map { _ in UInt64.random(in: 0..<1 << SlotTable.fingerprintBits, using: &random) }
            .sorted().map(table.home)
        #expect(homes == homes.sorted())
        #expect(homes.allSatisfy { (0..<Int(capacity)).contains($0) })
        homes = homes.map { $0 * 10 / Int(capacity) }
        for tenth in 0..<10 { #expect((850...1150).contains(homes.count { $0 == tenth }), "tenth \(tenth)") }
    }

    @Test("a table that is 8 tenths full finds a key in few steps, and the absence of one too")
    func probes() {
        var table = SlotTable(capacity: 10_000, count: 0)
        defer { table.free() }
        var random = SeededGenerator(seed: 1)
        let fingerprints = (0..<8000).map { _ in UInt64.random(in: 0..<1 << SlotTable.fingerprintBits, using: &random) }
        for (number, fingerprint) in fingerprints.enumerated() {
            table.insert(fingerprint << SlotTable.numberBits | UInt64(number + 1), growth: 1 << 14)
        }
        #expect(table.capacity == 10_000 && table.count == 8000)
        // By Knuth, TAOCP 6.4: 3 for a key that is there, 13 for one that is not, where homes are random.
        #expect(Double(table.steps(fingerprints)) / 8000 < 10)
        let absent = (0..<8000).map { _ in UInt64.random(in: 0..<1 << SlotTable.fingerprintBits, using: &random) }
        #expect(Double(table.steps(absent)) / 8000 < 30)
    }

    @Test("as many keys in each of the tables as chance gives, each as full as the others")
    func tables() throws {
        let index = FingerprintIndex()
        var random = SeededGenerator(seed: 2)
        let count = 40 * FingerprintIndex.tableCount
        for number in 0..<count {
            try index.insert(random.next(), record: number) { (_) throws(LedgerError) in false }
        }
        let tables = (0..<FingerprintIndex.tableCount).map(index.copy(ofTable:))
        #expect(tables.map(\.count).reduce(0, +) == count && index.count == count)
        #expect(tables.allSatisfy { (8...100).contains($0.count) && $0.count * 100 <= $0.slots.count * 85 })
    }
}

extension SlotTable {
    /// Slots that are looked at to find the first with each fingerprint, or that there is none.
    fileprivate func steps(_ fingerprints: [UInt64]) -> Int {
        fingerprints.reduce(0) { sum, fingerprint in
            let home = home(fingerprint)
            let slot = probe(fingerprint, from: home).slot
            return sum + (slot >= home ? slot - home : slot + Int(capacity) - home) + 1
        }
    }
}
