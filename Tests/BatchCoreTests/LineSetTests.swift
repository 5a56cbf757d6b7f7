import BatchCore
import TestSupport
import Testing

@Suite("Lines kept as runs are the lines that were put in")
struct LineSetTests {
    @Test("random ascending lines: order, count, membership", arguments: UInt64(0)..<50)
    func asASet(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let chance = Double.random(in: 0...1, using: &random)
        let lines = (1...300).filter { _ in Double.random(in: 0..<1, using: &random) < chance }
        let set = LineSet(lines)
        #expect(Array(set) == lines)
        #expect(set.count == lines.count && set.isEmpty == lines.isEmpty)
        #expect(set.first == lines.first && set.last == lines.last)
        let members = Set(lines)
        #expect((0...301).allSatisfy { set.contains($0) == members.contains($0) })
        #expect(set.bounds.flatMap { Array($0.first...$0.last) } == lines)
    }

    @Test("the numbers at the end of what 32 bits count")
    func largest() {
        let last = Int(UInt32.max)
        #expect(Array(LineSet([1, last - 1, last])) == [1, last - 1, last])
    }

    @Test("a duplicate knows its first line, and no other line does")
    func duplicates() {
        let duplicates: DuplicateLines = [9: 2, 4: 1, 5: 1]
        #expect((0...10).map { duplicates[$0] ?? 0 } == [0, 0, 0, 0, 1, 1, 0, 0, 0, 2, 0])
        #expect(duplicates.count == 3)
    }
}
