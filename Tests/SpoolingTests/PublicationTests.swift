import BatchCore
import DurableFiles
import Spooling
import SystemPackage
import Testing

@Suite("A verdict outlives the machine's power: a result is in its new place before it is gone from the old")
struct PublicationTests {
    private let house: TestSpool
    private let job: JobDirectory
    private var spool: Spool { house.spool }

    init() throws {
        house = try TestSpool()
        job = house.spool.job(
            JobID(deliveredName: Array("a.jsonl".utf8), at: house.time, random: [0, 0, 0, 0, 0, 0]))
        try DurableFile.makeDirectory(job.path)
    }

    /// The renames of directories and the fsyncs of a publication, in order.
    private func steps(_ verdict: JobVerdict) async throws -> [String] {
        let faults = FileFaults(under: spool.root)
        defer { faults.remove() }
        try await spool.publish(job, verdict)
        return faults.calls.filter { [.rename, .fsync].contains($0.operation) }.map { operation, path in
            let name = String(decoding: path.lastNameBytes, as: UTF8.self)
            return "\(operation) " + (name == job.id.name ? "JOB in \(path.parent.lastComponent?.string ?? "")" : name)
        }
    }

    @Test("accepted or rejected", arguments: [(JobVerdict.accepted, "done"), (.rejected, "rejected")])
    func whole(verdict: JobVerdict, place: String) async throws {
        #expect(
            try await steps(verdict) == [
                "fsync JOB in processing", "rename JOB in \(place)", "fsync \(place)", "fsync processing",
            ])
    }

    @Test("split: the rejected part first")
    func split() async throws {
        try DurableFile.makeDirectory(job.rejectedPart)
        #expect(
            try await steps(.split) == [
                "rename JOB in rejected", "fsync rejected", "fsync JOB in processing", "fsync JOB in processing",
                "rename JOB in done", "fsync done", "fsync processing",
            ])
    }
}
