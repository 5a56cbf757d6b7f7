import SystemPackage
import TestSupport
import Testing

@testable import Watching

@Suite("No hint is lost: it waits, or a scan takes its place")
struct HintBufferTests {
    private func look(_ name: Int) -> Hint { .look(directory: "/in", name: Array("\(name)".utf8)) }

    private func drain(_ buffer: inout HintBuffer) -> [Hint] {
        var taken: [Hint] = []
        while let hint = buffer.take() { taken.append(hint) }
        return taken
    }

    @Test("in order, equal ones once")
    func order() {
        var buffer = HintBuffer(capacity: 10)
        [1, 2, 1, 3, 2].forEach { buffer.add(look($0)) }
        #expect(drain(&buffer) == [look(1), look(2), look(3)])
    }

    @Test("one that was taken may come again")
    func again() {
        var buffer = HintBuffer(capacity: 10)
        buffer.add(look(1))
        #expect(buffer.take() == look(1))
        buffer.add(look(1))
        #expect(drain(&buffer) == [look(1)])
    }

    @Test("one too many becomes a single scan")
    func overflow() {
        var buffer = HintBuffer(capacity: 4)
        (0..<100).forEach { buffer.add(look($0)) }
        #expect(drain(&buffer) == [.scan(.overflow)])
        buffer.add(look(1))
        #expect(drain(&buffer) == [look(1)])
    }

    @Test("begins with started, then speaks of restarts")
    func begin() {
        var buffer = HintBuffer(capacity: 4)
        buffer.begin()
        buffer.begin()
        #expect(drain(&buffer) == [.scan(.started), .scan(.helperRestarted)])
    }

    @Test("in any order of events what was added is taken later, by name or by a scan", arguments: UInt64(1)..<100)
    func anyOrder(seed: UInt64) {
        var random = SplitMix(state: seed)
        var buffer = HintBuffer(capacity: 8)
        var owed: Set<Hint> = []  // added and not covered by anything taken since
        func pay(_ taken: Hint) {
            if case .scan(let reason) = taken, reason != .directoryChanged("/in/lane") { owed = [] }
            owed.remove(taken)
        }
        for _ in 0..<2_000 {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<55:
                let hint = look(Int.random(in: 0..<50, using: &random))
                buffer.add(hint)
                owed.insert(hint)
            case 55..<60:
                buffer.add(.scan(.directoryChanged("/in/lane")))
                owed.insert(.scan(.directoryChanged("/in/lane")))
            case 60: buffer.add(.scan(.timer))
            default: if let hint = buffer.take() { pay(hint) }
            }
        }
        drain(&buffer).forEach(pay)
        #expect(owed.isEmpty, "seed \(seed)")
    }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
