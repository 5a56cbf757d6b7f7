/// Which job starts next: by the priority of its lane, then the earliest deadline, then the earliest claim.
package struct JobQueue: Sendable {
    package struct Entry: Equatable, Comparable, Sendable {
        package let job: String
        package let lane: String
        package let priority: Int
        package let deadline: Timestamp?
        package let claimedAt: Timestamp
        /// A batch of it is with a provider, and nobody looks after that while the job is not at work.
        package let hasBatch: Bool

        package init(job: String, lane: Lane, claimedAt: Timestamp, hasBatch: Bool = false) {
            self.hasBatch = hasBatch
            self.job = job
            self.lane = lane.name
            priority = lane.priority
            deadline = lane.deadline.map { claimedAt + $0 }
            self.claimedAt = claimedAt
        }

        package static func < (one: Entry, other: Entry) -> Bool {
            (one.priority, one.deadline?.milliseconds ?? .max, one.claimedAt, one.job)
                < (other.priority, other.deadline?.milliseconds ?? .max, other.claimedAt, other.job)
        }
    }

    /// Jobs of one lane at work at a time: enough to share fsyncs and fill the slots of the lane with small files, few
    /// enough that each open job's memory and descriptors do not count.
    private let jobsPerLane: Int
    private var queued: [Entry] = []
    package private(set) var running: [String: Entry] = [:]

    package init(jobsPerLane: Int = 8) {
        self.jobsPerLane = jobsPerLane
    }

    package var isEmpty: Bool { queued.isEmpty && running.isEmpty }
    package var hasRunning: Bool { !running.isEmpty }

    package mutating func add(_ entry: Entry) {
        let index = queued.firstIndex { entry < $0 } ?? queued.endIndex
        queued.insert(entry, at: index)
    }

    /// Takes the next job that may start; nil: none may. Those with a batch always may, and are first, so that they
    /// count among the jobs of their lane.
    package mutating func next() -> Entry? {
        let counts = running.values.reduce(into: [String: Int]()) { $0[$1.lane, default: 0] += 1 }
        let index =
            queued.firstIndex(where: \.hasBatch)
            ?? queued.firstIndex { counts[$0.lane, default: 0] < jobsPerLane }
        guard let index else { return nil }
        let entry = queued.remove(at: index)
        running[entry.job] = entry
        return entry
    }

    /// A job that ran has ended, or waits.
    /// - Returns: what it stood in the queue as.
    package mutating func end(_ job: String) -> Entry? {
        running.removeValue(forKey: job)
    }
}
