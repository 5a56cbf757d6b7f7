import BatchCore
import DurableFiles
import Ledgers
import SystemPackage
import TestSupport
import Testing

@Suite("A key log is a dictionary that survives a crash at any byte, with or without a checkpoint")
struct KeyLogModelTests {
    private static let numbers = 0..<30

    /// What the index keeps of a key: as it is; 36 equal bits for all; only the table equal, so it grows and wraps.
    enum Hash: CaseIterable, Sendable {
        case real, allEqual, oneTable, fewValues

        var layout: KeyLogLayout {
            switch self {
            case .real: .small()
            case .allEqual: .small { _ in 7 << 28 }
            case .oneTable: .small { $0.digest.prefix >> 12 }
            case .fewValues: .small { $0.digest.prefix & 0x8000_00C0_0000_0000 }
            }
        }
    }

    private func group(_ random: inout SeededGenerator) -> [(Int, Int64?)] {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in
            let number = Int.random(in: Self.numbers, using: &random)
            return (number, random.once(in: 4) ? nil : Int64.random(in: 1...1_000_000, using: &random))
        }
    }

    @Test(
        "after every group the log is cut at every byte of it: all before is there, and whole records of the group",
        arguments: zip([0, 1, 2, 3] as [UInt64], Hash.allCases))
    func everyByte(seed: UInt64, hash: Hash) async throws {
        var random = SeededGenerator(seed: seed)
        let directory = try LedgerDirectory()
        let owner = try KeyLogOwner(directory.path, layout: hash.layout)
        var model: [Int: Int64] = [:]
        for step in 0..<5 {
            let group = group(&random)
            let before = try directory.segments()
            try await owner.commit(group.map { record($0.0, $0.1) })
            let after = try directory.segments()
            let (name, bytes) = try #require(after.max { $0.key < $1.key })
            let crashed = try LedgerDirectory()
            for length in (before[name]?.count ?? 0)...bytes.count {
                for (other, bytes) in after where other != name { try crashed.write(bytes, other) }
                try crashed.write(try directory.bytes("keys.index"), "keys.index", unlessEmpty: true)
                try crashed.write(Array(bytes[..<length]), name)
                var expected = model
                expected.take(Array(group.prefix((length - (before[name]?.count ?? 0)) / KeyRecord.size)))
                let again = try KeyLogOwner(crashed.path, layout: hash.layout)
                let complaint = try await again.difference(expected, Self.numbers)
                #expect(complaint == nil, "seed \(seed), step \(step), \(name) cut to \(length)")
                guard random.once(in: 16) else { continue }
                try await again.commit([record(1, 77)])
                expected[1] = 77
                let reader = try KeyLogOwner(crashed.path, writable: false, layout: hash.layout)
                let second = try await reader.difference(expected, Self.numbers)
                #expect(second == nil, "seed \(seed), step \(step), \(name) cut to \(length), and one more")
            }
            model.take(group)
            if random.once(in: 3) { try await owner.checkpoint() }
        }
        #expect(try directory.segments().count > 1)
    }

    @Test("groups come in between the tables of a checkpoint, and it is right", arguments: UInt64(0)..<4)
    func meanwhile(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let hash = Hash.allCases[Int(seed) % Hash.allCases.count]
        let directory = try LedgerDirectory()
        let owner = try KeyLogOwner(directory.path, layout: hash.layout)
        var model: [Int: Int64] = [:]
        for round in 0..<3 {
            var groups = (0..<17).map { _ in group(&random) }
            let early = groups.removeLast()
            try await owner.commit(early.map { record($0.0, $0.1) })
            model.take(early)
            let coming = GroupsToCome(groups)
            try await owner.checkpoint { owner in
                let group = await coming.next()
                do { try await owner.commit(group.map { record($0.0, $0.1) }) } catch { Issue.record(error) }
            }
            for group in groups.prefix(await coming.given) { model.take(group) }
            for writable in [true, false] {
                let again = try KeyLogOwner(directory.path, writable: writable, layout: hash.layout)
                let complaint = try await again.difference(model, Self.numbers)
                #expect(complaint == nil, "seed \(seed), round \(round)")
                #expect(await again.remarks == [])
                let covered = await again.coveredRecords
                #expect(covered > 0)
            }
        }
    }

    @Test("thousands of keys in one table, taken out and in again")
    func growth() async throws {
        let directory = try LedgerDirectory()
        var layout = Hash.oneTable.layout
        layout.segmentBytes = 1 << 20
        let owner = try KeyLogOwner(directory.path, layout: layout)
        var model: [Int: Int64] = [:]
        for round in 0..<4 {
            let group = (0..<3000).map { ($0, ($0 + round) % 3 == 0 ? nil : Int64($0 + round)) }
            try await owner.commit(group.map { record($0.0, $0.1) })
            model.take(group)
            #expect(try await owner.difference(model, 0..<3100) == nil, "round \(round)")
        }
        // 2,000 keys of 8 bytes at 68 to 85 of a hundred, beside the directory of the tables.
        let bytes = await owner.indexBytes - 4096 * 16
        #expect(bytes <= 3000 * 12)
    }
}

private actor GroupsToCome {
    private let groups: [[(Int, Int64?)]]
    private(set) var given = 0

    init(_ groups: [[(Int, Int64?)]]) { self.groups = groups }

    func next() -> [(Int, Int64?)] {
        guard given < groups.count else { return [] }
        given += 1
        return groups[given - 1]
    }
}
