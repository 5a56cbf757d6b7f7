import DurableFiles
import Glibc
import TestSupport
import Testing

@Suite("A system call that fails, whichever it is and however, costs nothing, loses nothing and is told of")
struct ErrnoWalkTests {
    /// All of it by BOBBIN_LONG, each so-manieth of every call by BOBBIN_STRIDE; else some of each call.
    @Test("walked", .timeLimit(.minutes(600)))
    func walked() async throws {
        let table = try await withThrowingTaskGroup(of: FaultTable.self) { group in
            for scene in ErrnoWalk.Scene.allCases { group.addTask { try await walk(scene) } }
            return try await group.reduce(into: FaultTable()) { $0.add($1) }
        }
        #expect(table.runs > 40, "\(table.runs): so few faults cannot be a walk")
        print(table.markdown)
    }

    private func walk(_ scene: ErrnoWalk.Scene) async throws -> FaultTable {
        let walk = ErrnoWalk(scene: scene)
        var table = FaultTable()
        for fault in Self.faults(try await walk.calls()) {
            if let outcome = try await walk.run(fault) { table.count(fault, outcome) }
        }
        return table
    }

    private static func faults(_ calls: [FileOperation: Int]) -> [DiskFault] {
        let codes = DiskFault.codes.map(\.code)
        let step = getenv("BOBBIN_STRIDE").flatMap { Int(String(cString: $0)) } ?? 1
        guard getenv("BOBBIN_LONG") == nil && step == 1 else {
            return FileOperation.allCases.flatMap { operation in
                stride(from: 0, to: calls[operation] ?? 0, by: step).flatMap { occurrence in
                    codes.map { DiskFault(operation: operation, occurrence: occurrence, code: $0) }
                }
            }
        }
        var random = SeededGenerator(seed: 8)
        return FileOperation.allCases.flatMap { operation in
            (0..<min(1, calls[operation] ?? 0)).map { _ in
                DiskFault(
                    operation: operation, occurrence: Int.random(in: 0..<(calls[operation] ?? 1), using: &random),
                    code: codes.randomElement(using: &random) ?? nil)
            }
        }
    }
}

/// How often each fault at each operation had each outcome.
struct FaultTable: Sendable {
    private var counts: [FileOperation: [String: [ErrnoWalk.Outcome: Int]]] = [:]

    var runs: Int { counts.values.reduce(0) { $1.values.reduce($0) { $1.values.reduce($0, +) } } }

    mutating func count(_ fault: DiskFault, _ outcome: ErrnoWalk.Outcome) {
        counts[fault.operation, default: [:]][fault.name, default: [:]][outcome, default: 0] += 1
    }

    mutating func add(_ other: FaultTable) {
        counts.merge(other.counts) { one, other in
            one.merging(other) { one, other in one.merging(other, uniquingKeysWith: +) }
        }
    }

    var markdown: String {
        let names = DiskFault.codes.map(\.name)
        let outcomes = ErrnoWalk.Outcome.allCases.map(\.rawValue).joined(separator: " / ")
        var lines = ["| \(outcomes) |" + names.map { " \($0) |" }.joined()]
        lines.append("|---|" + names.map { _ in "---|" }.joined())
        for operation in FileOperation.allCases {
            guard let row = counts[operation] else { continue }
            let cells = names.map { name in
                guard let cell = row[name] else { return " |" }
                return " " + ErrnoWalk.Outcome.allCases.map { "\(cell[$0] ?? 0)" }.joined(separator: " / ") + " |"
            }
            lines.append("| \(operation.rawValue) |" + cells.joined())
        }
        return lines.joined(separator: "\n")
    }
}
