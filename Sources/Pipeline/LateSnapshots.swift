import Spooling

/// A claim whose snapshot waits: a writer still has the file open, it changes, it is closed to us, or there is no space
/// for its copy.
package struct LateSnapshot: Sendable {
    let directory: JobDirectory
    let record: JobRecord
    /// So many have failed, those for want of space not counted.
    var tries = 0
    var waitsForSpace = false

    /// What its producer does to it is waited for this often: about a minute. The snapshot decides then (DESIGN 3.3).
    static let triesMax = 10

    var isLastTry: Bool { tries >= Self.triesMax }
}

/// The claims whose snapshot waits. They stand beside those that are being made: whoever keeps the files open that he
/// has delivered keeps nobody else's from being claimed.
struct LateSnapshots {
    /// Copies at a time. Files that change with each look at them are copied again and again, and by the threads that
    /// write everybody's results.
    static let atOnce = 2
    /// Ticks between two looks at one, at the most.
    private static let longestPause = 8

    private var waiting: [(late: LateSnapshot, dueTick: Int)] = []
    private(set) var inWork = 0
    private var now = 0
    /// How many were looked at when one of the user's was, last.
    private var lookedAt: [UInt32: Int] = [:]
    private var looks = 0

    /// None waits for anything but space, and none is being looked at.
    var areIdle: Bool { inWork == 0 && waiting.allSatisfy(\.late.waitsForSpace) }

    /// So many wait.
    var count: Int { waiting.count }

    /// The claim of an earlier process is looked at at once, others after a pause, which doubles.
    mutating func add(_ late: LateSnapshot, atOnce isDue: Bool = false) {
        let pause = isDue ? 0 : min(1 << late.tries, Self.longestPause)
        waiting.append((late, now + pause))
    }

    /// A second has passed.
    mutating func tick() { now += 1 }

    /// The next that is due, if one may be looked at now: of each user in turn. `ended` comes after.
    mutating func next() -> LateSnapshot? {
        let due = waiting.indices.filter { waiting[$0].dueTick <= now }
        guard inWork < Self.atOnce,
            let index = due.min(by: { turn(of: waiting[$0].late) < turn(of: waiting[$1].late) })
        else { return nil }
        inWork += 1
        looks += 1
        let late = waiting.remove(at: index).late
        lookedAt[late.record.uid] = looks
        return late
    }

    private func turn(of late: LateSnapshot) -> Int { lookedAt[late.record.uid] ?? 0 }

    mutating func ended() { inWork -= 1 }
}
