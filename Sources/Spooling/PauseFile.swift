package import BatchCore
package import DurableFiles
import SystemPackage

/// That an operator holds back a job, or all jobs of a lane: nothing new of it starts.
package struct Pause: Equatable, Sendable, CustomStringConvertible {
    package enum Subject: Hashable, Sendable, CustomStringConvertible {
        case job(JobID)
        case lane(String)

        package var description: String {
            switch self {
            case .job(let job): job.name
            case .lane(let lane): "the lane \(lane)"
            }
        }

        func write(to writer: inout JSONWriter) {
            switch self {
            case .job(let job): writer.member("job", job.name)
            case .lane(let lane): writer.member("lane", lane)
            }
        }

        /// Reads what `write` writes; nil for anything else, and for what is no name in a directory.
        init?(_ value: JSONValue) {
            if let job = value["job"]?.string {
                guard let job = JobID(job) else { return nil }
                self = .job(job)
            } else if let lane = value["lane"]?.string, !lane.isEmpty, lane.first != ".", !lane.contains("/") {
                self = .lane(lane)
            } else {
                return nil
            }
        }

        /// What ends it.
        package var remedy: String {
            switch self {
            case .job(let job): "`bobbin resume \(job)`"
            case .lane(let lane): "`bobbin resume --lane \(lane)`"
            }
        }
    }

    package let subject: Subject
    /// Who asked for it, and when; nil: the file does not say it in a way that can be read.
    package let uid: UInt32?
    package let at: Timestamp?

    package init(_ subject: Subject, by uid: UInt32?, at: Timestamp?) {
        self.subject = subject
        self.uid = uid
        self.at = at
    }

    package var who: String { uid.map { "uid \($0)" } ?? "somebody" }

    /// For the status of a job.
    package var description: String {
        let what =
            switch subject {
            case .job: "it"
            case .lane(let lane): "its lane \(lane)"
            }
        return "\(who) paused \(what)\(at.map { " at \($0)" } ?? ""); it goes on with \(subject.remedy)"
    }
}

/// The pauses that are in force.
package struct Pauses: Equatable, Sendable {
    private var bySubject: [Pause.Subject: Pause] = [:]

    package init() {}

    package var all: [Pause] { Array(bySubject.values) }

    package subscript(subject: Pause.Subject) -> Pause? {
        get { bySubject[subject] }
        set { bySubject[subject] = newValue }
    }

    /// What holds back a job of a lane; nil: nothing does.
    package func pause(of job: JobID, lane: String) -> Pause? {
        bySubject.isEmpty ? nil : bySubject[.job(job)] ?? bySubject[.lane(lane)]
    }
}

/// `paused/jobs/JOB` and `paused/lanes/LANE`. That the file is there pauses, whatever has become of its bytes: they say
/// who and when. They stand outside of the job, whose directory is renamed when it is done.
extension Spool {
    var pausedJobs: FilePath { paused.appending("jobs") }
    var pausedLanes: FilePath { paused.appending("lanes") }

    private func file(of subject: Pause.Subject) -> FilePath {
        switch subject {
        case .job(let job): pausedJobs.appending(job.name)
        case .lane(let lane): pausedLanes.appending(lane)
        }
    }

    /// What is paused; nothing in a spool that nobody has worked in.
    package func pauses() throws(FileError) -> Pauses {
        var pauses = Pauses()
        for name in try names(in: pausedJobs) {
            if let job = JobID(name) { pauses[.job(job)] = try pause(of: .job(job)) }
        }
        for name in try names(in: pausedLanes) { pauses[.lane(name)] = try pause(of: .lane(name)) }
        return pauses
    }

    private func names(in directory: FilePath) throws(FileError) -> [String] {
        guard try FileFacts(at: directory) != nil else { return [] }
        // A leading dot is that of a file that is being written.
        return try DurableFile.list(directory).map { String(decoding: $0, as: UTF8.self) }.filter { $0.first != "." }
    }

    private func pause(of subject: Pause.Subject) throws(FileError) -> Pause? {
        let found: [UInt8]?
        do throws(FileError) { found = try DurableFile.read(file(of: subject)) } catch {
            if error.isEnvironmental { throw error }
            return Pause(subject, by: nil, at: nil)
        }
        guard let bytes = found else { return nil }
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { return Pause(subject, by: nil, at: nil) }
        return Pause(
            subject, by: value["uid"]?.int.flatMap { UInt32(exactly: $0) },
            at: value["at"]?.string.flatMap { Timestamp($0) })
    }

    /// Pauses a job or a lane; durable when it returns. One that is paused stays as it is.
    /// - Returns: the pause that is in force.
    package func pause(_ subject: Pause.Subject, by uid: UInt32, at time: Timestamp) throws(FileError) -> Pause {
        if let pause = try pause(of: subject) {
            // Whoever was killed over it has not said so to anybody.
            try DurableFile.syncDirectory(file(of: subject).parent)
            return pause
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("uid", Int(uid))
            writer.member("at", time.description)
        }
        // Root may pause where the daemon is another user, who has to read it.
        try DurableFile.publish(writer.bytes + [UInt8(ascii: "\n")], to: file(of: subject), mode: 0o644)
        return Pause(subject, by: uid, at: time)
    }

    /// Ends a pause; durable when it returns. That there is none is fine.
    package func resume(_ subject: Pause.Subject) throws(FileError) {
        let file = file(of: subject)
        try DurableFile.remove(file)
        try DurableFile.syncDirectory(file.parent)
    }
}
