import BatchCore
import Daemon
import DurableFiles
import Ledgers
import Pipeline
import Spooling
import SystemPackage

/// When the jobs of a spool are expected to start and to end, as far as it can be seen from outside.
struct Expectation {
    let pace: Pace
    let standing: [Forecast.Standing]

    /// How much of a file that nobody has read yet is looked at, to guess how many lines it has.
    private static let sampleBytes = 64 << 10

    init(_ spool: Spool) throws {
        pace = try spool.measuredPace()
        let pauses = try spool.pauses()
        standing = try spool.jobs().compactMap { id in
            let directory = spool.job(id)
            guard let record = try Self.record(of: directory), pauses.pause(of: id, lane: record.lane) == nil else {
                return nil
            }
            let state = try directory.state() ?? JobState(.claimed)
            guard Self.goesOn(state) else { return nil }
            let lines = state.lines > 0 ? state.lines - state.done : try Self.guess(directory.input)
            guard lines > 0 else { return nil }
            return Forecast.Standing(job: id.name, lane: record.lane, lines: lines, claimedAt: record.claimedAt)
        }
    }

    /// Nobody knows when a job goes on whose record cannot be read.
    private static func record(of directory: JobDirectory) throws -> JobRecord? {
        do { return try directory.record() } catch  where error.isOfOneJob { return nil }
    }

    /// Of what waits for a person, a judge or an endpoint nobody knows when it goes on.
    private static func goesOn(_ state: JobState) -> Bool {
        switch state.phase {
        case .claimed, .queued, .reading, .running: true
        case .parked: state.resumesAt != nil
        case .paused, .review, .stopped, .publishing: false
        }
    }

    private static func guess(_ input: FilePath) throws -> Int {
        guard let size = try FileFacts(at: input)?.sizeBytes, size > 0 else { return 0 }
        let sample = try LineFile(input).read(at: 0, length: min(size, sampleBytes))
        let lines = sample.count { $0 == UInt8(ascii: "\n") }
        return max(1, Int(Double(lines) * Double(size) / Double(max(1, sample.count))))
    }

    func forecast(_ policies: Policies, _ book: Budget.Day?, at now: Timestamp) -> Forecast {
        Forecast(of: standing, pace: pace, policies.simulation(), book: book, at: now)
    }

    /// Of a job that would be put in line now.
    func forecast(
        of job: Forecast.Standing, _ policies: Policies, _ book: Budget.Day?, at now: Timestamp
    ) -> Forecast.Expected? {
        Forecast(of: standing + [job], pace: pace, policies.simulation(), book: book, at: now).jobs[job.job]
    }
}

extension Forecast.Expected {
    func write(to writer: inout JSONWriter) {
        writer.object("expected") { writer in
            writer.member("starts_at", startsAt?.description)
            writer.member("ends_at", endsAt?.description)
            writer.member("deadline", deadline?.description)
            if let meetsDeadline {
                writer.member("meets_deadline", meetsDeadline)
            } else {
                writer.member("meets_deadline", raw: "null".utf8)
            }
            writer.member("basis", basis)
        }
    }

    var text: String {
        guard let startsAt, let endsAt else { return basis }
        let span = "it would start at \(startsAt) and end at \(endsAt) (\(basis))"
        guard let deadline, let meetsDeadline else { return span }
        return span + (meetsDeadline ? ", before" : "; IT CANNOT MEET") + " its deadline of \(deadline)"
    }
}
