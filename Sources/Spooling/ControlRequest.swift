package import BatchCore
package import DurableFiles
import Glibc
package import SystemPackage

/// What an operator asks of the process that holds the spool: one small file in control/, done and removed. Who may
/// write there may ask: the daemon's own user and root.
package enum ControlRequest: Equatable, Sendable {
    /// Sets the cap of a day in USD; not an increment.
    case raise(Money, on: CivilDate)
    /// Takes the budget file of a day as it is by now.
    case adopt(CivilDate)
    /// Forgets answers, bytes and all.
    case forget(AnswerSelection)
    /// Gives up the oldest segments of answers.
    case prune(Retention)
    /// Decides over a job that waits for a person.
    case review(JobID, ReviewSubmission)
    case pause(Pause.Subject)
    case resume(Pause.Subject)

    /// - Parameter uid: who asks, where that is not the owner of the file.
    package func bytes(by uid: UInt32?) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            if let uid { writer.member("uid", Int(uid)) }
            switch self {
            case .raise(let cap, let day):
                writer.member("command", "raise")
                writer.member("day", day.description)
                writer.member("cap_usd", cap.decimal)
            case .adopt(let day):
                writer.member("command", "adopt")
                writer.member("day", day.description)
            case .forget(let selection):
                writer.member("command", "forget")
                // By itself: `uid` beside it is who asks.
                writer.object("answers") { selection.write(to: &$0) }
            case .prune(let retention):
                writer.member("command", "prune")
                if let keep = retention.keep { writer.member("keep_seconds", Int(keep.components.seconds)) }
                if let bytes = retention.keepBytes { writer.member("keep_bytes", bytes) }
            case .review(let job, let submission):
                writer.member("command", "review")
                writer.member("job", job.name)
                submission.write(to: &writer)
            case .pause(let subject):
                writer.member("command", "pause")
                subject.write(to: &writer)
            case .resume(let subject):
                writer.member("command", "resume")
                subject.write(to: &writer)
            }
        }
        return writer.bytes
    }

    init?(_ value: JSONValue) {
        switch value["command"]?.string {
        case "raise":
            guard let cap = value["cap_usd"]?.string.flatMap({ Money(decimal: $0) }),
                let day = value["day"]?.string.flatMap({ CivilDate($0) })
            else { return nil }
            self = .raise(cap, on: day)
        case "adopt":
            guard let day = value["day"]?.string.flatMap({ CivilDate($0) }) else { return nil }
            self = .adopt(day)
        case "forget":
            guard let selection = AnswerSelection(value["answers"] ?? value) else { return nil }
            self = .forget(selection)
        case "prune":
            let keep = value["keep_seconds"]?.int.map { Duration.seconds($0) }
            self = .prune(Retention(keep: keep, keepBytes: value["keep_bytes"]?.int))
        case "review":
            guard let job = value["job"]?.string.flatMap({ JobID($0) }), let submission = ReviewSubmission(value) else {
                return nil
            }
            self = .review(job, submission)
        case "pause":
            guard let subject = Pause.Subject(value) else { return nil }
            self = .pause(subject)
        case "resume":
            guard let subject = Pause.Subject(value) else { return nil }
            self = .resume(subject)
        default: return nil
        }
    }
}

/// How a request went that has more to say than that it is done.
package enum ControlReply: Equatable, Sendable {
    case done(answers: Int, segments: Int)
    /// So many shards were accepted and rejected by a person.
    case reviewed(accepted: Int, rejected: Int)
    /// It was done, and there is no more to say.
    case followed
    case failed(String)

    var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            switch self {
            case .done(let answers, let segments):
                writer.member("answers", answers)
                writer.member("segments", segments)
            case .reviewed(let accepted, let rejected):
                writer.member("accepted", accepted)
                writer.member("rejected", rejected)
            case .followed: writer.member("followed", true)
            case .failed(let reason): writer.member("failed", reason)
            }
        }
        return writer.bytes
    }

    init?(_ bytes: [UInt8]) {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { return nil }
        if let reason = value["failed"]?.string {
            self = .failed(reason)
        } else if let answers = value["answers"]?.int, let segments = value["segments"]?.int {
            self = .done(answers: answers, segments: segments)
        } else if let accepted = value["accepted"]?.int, let rejected = value["rejected"]?.int {
            self = .reviewed(accepted: accepted, rejected: rejected)
        } else if value["followed"] != nil {
            self = .followed
        } else {
            return nil
        }
    }
}

/// A request as it lies in control/, with the user who put it there.
package struct PendingControl: Sendable {
    package let path: FilePath
    package let uid: UInt32
    /// nil: the file is none of ours to understand, or `trouble` says why it cannot be read.
    package let request: ControlRequest?
    package var trouble: FileError?

    init(path: FilePath, uid: UInt32, request: ControlRequest?, trouble: FileError? = nil) {
        self.path = path
        self.uid = uid
        self.request = request
        self.trouble = trouble
    }

    fileprivate init(_ bytes: [UInt8], at path: FilePath, owner: UInt32) {
        do {
            let value = try JSONValue(parsing: bytes)
            // Root asks as the owner of the spool. Of whoever else may write here the kernel says who it is.
            let asker = [0, geteuid()].contains(owner) ? value["uid"]?.int.flatMap { UInt32(exactly: $0) } : nil
            self.init(path: path, uid: asker ?? owner, request: ControlRequest(value))
        } catch {
            self.init(path: path, uid: owner, request: nil)
        }
    }

    /// Tells who asked, and takes the request away.
    package func end(_ reply: ControlReply) throws(FileError) {
        try DurableFile.publish(reply.bytes, to: Spool.reply(to: path), durable: false, mode: 0o600)
        try end()
    }

    /// Takes the request away for good: one that came back would be done once more, over the operator's later word.
    package func end() throws(FileError) {
        try DurableFile.remove(path)
        try DurableFile.syncDirectory(path.parent)
    }
}

extension Spool {
    /// Hands a request to the daemon.
    /// - Parameters:
    ///   - uid: who asks, where that is not who writes the file.
    ///   - name: new and random.
    /// - Returns: where it lies until it is done.
    package func ask(_ request: ControlRequest, by uid: UInt32? = nil, name: String) throws(FileError) -> FilePath {
        let path = control.appending("\(name).json")
        try DurableFile.publish(request.bytes(by: uid), to: path, replacing: false, mode: 0o600)
        return path
    }

    /// Where the reply to a request stands once the request is gone.
    package static func reply(to request: FilePath) -> FilePath {
        request.parent.appending(nameBytes: [UInt8(ascii: ".")] + request.lastNameBytes)
    }

    /// The reply to a request that is gone, taken away with this.
    /// - Returns: nil where there is none.
    package static func takeReply(to request: FilePath) throws(FileError) -> ControlReply? {
        let path = reply(to: request)
        guard let bytes = try DurableFile.read(path) else { return nil }
        try DurableFile.remove(path)
        return ControlReply(bytes)
    }

    /// The requests that wait, by name. One that is closed to us is the trouble of who wrote it, and is among them.
    package func controlRequests() throws(FileError) -> [PendingControl] {
        var requests: [PendingControl] = []
        for name in try DurableFile.list(control).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let path = control.appending(nameBytes: name)
            guard name.first != UInt8(ascii: "."), name.suffix(5).elementsEqual(".json".utf8),
                let facts = try FileFacts(at: path), facts.kind == .regular
            else { continue }
            do throws(FileError) {
                guard let bytes = try DurableFile.read(path) else { continue }
                requests.append(PendingControl(bytes, at: path, owner: facts.uid))
            } catch {
                if error.isEnvironmental { throw error }
                requests.append(PendingControl(path: path, uid: facts.uid, request: nil, trouble: error))
            }
        }
        return requests
    }
}
