import ArgumentParser
import BatchCore
import Daemon
import DurableFiles
import Glibc
import Pipeline
import Spooling

struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Holds back a job, or all jobs of a lane.",
        discussion: """
            Nothing new of it is sent; requests in flight end and are booked, and what was set aside for the rest is \
            free for others. It holds over restarts, until `bobbin resume`. Files of a paused lane are still claimed, \
            read and planned, and one that is refused as a whole is rejected; the others wait as jobs.
            """)

    @OptionGroup var choice: PauseChoice
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let (spool, policies) = try shared.house()
        let subject = try choice.subject(in: spool, policies)
        try await spool.change(.pause(subject)) { spool throws(FileError) in
            _ = try spool.pause(subject, by: Operator.uid, at: WallClock.now())
        }
        // Another may have been faster: the pause that holds is told.
        guard let pause = try spool.pauses()[subject] else {
            throw Failure(code: EX_TEMPFAIL, message: "\(subject) was paused, and has been resumed since")
        }
        choice.say(pause, of: subject, "\(subject) is paused: \(pause)", json: shared.json)
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Lets a paused job, or a paused lane, go on from where it was.")

    @OptionGroup var choice: PauseChoice
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let (spool, _) = try shared.house()
        let pauses = try spool.pauses()
        let subject = try choice.paused(in: spool, pauses)
        try await spool.change(.resume(subject)) { spool throws(FileError) in try spool.resume(subject) }
        var then = try FileLock.holder(spool.lock) == nil ? "; it goes on when a daemon is started" : ""
        if case .job(let job) = subject, let lane = try spool.job(job).lane(), let pause = pauses[.lane(lane)] {
            then = "; still, \(pause)"
        }
        choice.say(nil, of: subject, "\(subject) is resumed\(then)", json: shared.json)
    }
}

/// What is paused or resumed: a job or a lane.
struct PauseChoice: ParsableArguments {
    @Argument(help: "A job in processing/, by name or the beginning of it.")
    var job: String?

    @Option(help: "A lane: all jobs of it, and those to come.")
    var lane: String?

    func validate() throws {
        guard (job == nil) != (lane == nil) else { throw ValidationError("name either a job, or --lane") }
    }

    /// - Throws: `Failure` where there is no such job, or no such lane.
    func subject(in spool: Spool, _ policies: Policies) throws -> Pause.Subject {
        guard let lane else { return .job(try chosenJob(in: spool)) }
        let lanes = try Set(policies.lanes.keys).union([Lane.defaultName]).union(
            spool.jobs().compactMap { try spool.job($0).lane() })
        guard lanes.contains(lane) else {
            throw Failure.usage("\(lane) is no lane; there are: \(lanes.sorted().joined(separator: ", "))")
        }
        return .lane(lane)
    }

    /// - Throws: `Failure` for what is not paused.
    func paused(in spool: Spool, _ pauses: Pauses) throws -> Pause.Subject {
        let subject: Pause.Subject = if let lane { .lane(lane) } else { .job(try chosenJob(in: spool)) }
        if pauses[subject] != nil { return subject }
        if case .job(let job) = subject, let lane = try spool.job(job).lane(), let pause = pauses[.lane(lane)] {
            throw Failure.badInput("\(job) is not paused by itself: \(pause)")
        }
        throw Failure.badInput("\(subject) is not paused")
    }

    private func chosenJob(in spool: Spool) throws -> JobID {
        let text = job ?? ""
        guard let job = try JobChoice.job(text, among: spool.jobs(), of: "jobs in processing/") else {
            throw Failure.badInput("\(text) is not in processing/; `bobbin report \(text)` tells of a finished job")
        }
        return job
    }

    func say(_ pause: Pause?, of subject: Pause.Subject, _ sentence: String, json: Bool) {
        guard json else { return Terminal.say(Terminal.printable(sentence)) }
        var writer = JSONWriter()
        writer.object { writer in
            switch subject {
            case .job(let job): writer.member("job", job.name)
            case .lane(let lane): writer.member("lane", lane)
            }
            writer.member("paused", pause != nil)
            if let uid = pause?.uid { writer.member("uid", Int(uid)) }
            writer.member("at", pause?.at?.description)
        }
        Terminal.say(writer.text)
    }
}

extension Spool {
    /// By the daemon that works here; where there is none, by this process.
    fileprivate func change(
        _ request: ControlRequest, alone body: (Spool) throws(FileError) -> Void
    ) async throws {
        if try await HashlogCommand.alone(in: self, { try body(self) }) != nil { return }
        // One name for both, so that they are worked off in the order in which they were asked.
        switch try await replyOfDaemon(to: request, named: "pause") {
        case .followed: return
        case .failed(let reason): throw Failure.badInput(reason)
        case .done, .reviewed, nil: throw Failure(code: EX_IOERR, message: "the daemon gave no reply; see its log")
        }
    }
}
