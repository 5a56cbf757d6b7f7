import BatchCore
import DurableFiles
import SystemPackage

@testable import Daemon
@testable import Spooling

/// The files of a job, of the operator and of notices, and manifests: what a damaged disk or another version left.
enum ForeignSpool {
    static let readers: [FuzzReaders.Reader] = [
        job, state, plan, batch, review, decision, submission, note, control, reply, notices, judgements, manifest,
        name,
    ]

    private static let place = Scratch("spool")

    private static func job(_ bytes: [UInt8]) {
        _ = JobRecord.isNewer(bytes)
        guard let record = JobRecord(bytes) else { return }
        precondition(JobRecord(record.bytes) == record, "written again, it is another job")
    }

    private static func state(_ bytes: [UInt8]) { _ = JobState(bytes) }

    private static func plan(_ bytes: [UInt8]) {
        guard let plan = ShardPlan(record: bytes) else { return }
        guard let again = ShardPlan(record: plan.record) else { preconditionFailure("its own record is none") }
        precondition(again.record == plan.record, "written again, it is another plan")
    }

    private static func batch(_ bytes: [UInt8]) {
        guard let batch = ProviderBatchRecord(record: bytes) else { return }
        guard let again = ProviderBatchRecord(record: batch.record) else {
            preconditionFailure("its own record is none")
        }
        precondition(again.record == batch.record, "written again, it is another batch")
    }

    private static func review(_ bytes: [UInt8]) {
        guard let request = ReviewRequest(record: bytes) else { return }
        guard let again = ReviewRequest(record: request.record) else { preconditionFailure("its own record is none") }
        precondition(again.record == request.record, "written again, it asks something else")
    }

    private static func decision(_ bytes: [UInt8]) { value(bytes) { _ = ReviewDecision($0) } }
    private static func submission(_ bytes: [UInt8]) { value(bytes) { _ = ReviewSubmission($0) } }
    private static func note(_ bytes: [UInt8]) { value(bytes) { _ = ParkNote($0) } }
    private static func control(_ bytes: [UInt8]) { value(bytes) { _ = ControlRequest($0) } }
    private static func reply(_ bytes: [UInt8]) { _ = ControlReply(bytes) }

    private static func notices(_ bytes: [UInt8]) {
        place.write(bytes, to: "notices")
        do throws(FileError) { _ = try Outbox.read(place.path.appending("notices")) } catch { return }
    }

    private static func judgements(_ bytes: [UInt8]) {
        place.write(bytes, to: "judgements")
        do { _ = try JudgementFile(place.path.appending("judgements")) } catch { return }
    }

    private static func manifest(_ bytes: [UInt8]) {
        guard let digest = SHA256Digest(hex: String(decoding: bytes.prefix(64), as: UTF8.self)) else { return }
        precondition(SHA256Digest(hex: digest.hex) == digest, "written again, it is another digest")
    }

    /// The name of a file as people see it, and as the log has it.
    private static func name(_ bytes: [UInt8]) {
        let escaped = PercentName.escape(bytes)
        precondition(PercentName.unescape(escaped) == bytes, "escaped and back, it is another name")
        precondition(!escaped.unicodeScalars.contains(where: SafeText.isDangerous), "a name that could act")
        let text = SafeText.escaped(String(decoding: bytes, as: UTF8.self))
        precondition(!text.unicodeScalars.contains(where: SafeText.isDangerous), "a text that could act")
        _ = PercentName.unescape(String(decoding: bytes, as: UTF8.self))
        _ = JobID(String(decoding: bytes, as: UTF8.self))
    }

    private static func value(_ bytes: [UInt8], _ read: (JSONValue) -> Void) {
        do throws(JSONError) { read(try JSONValue(parsing: bytes)) } catch { return }
    }
}
