import BatchCore
import DurableFiles
import Spooling
import SystemPackage
import Testing

@Suite("A job has a readable, sortable, clean name; the delivered one stays in job.json, byte for byte")
struct JobNameTests {
    private let time = Timestamp("2026-11-24T10:00:00Z") ?? Timestamp(seconds: 0)

    private func stem(_ name: String) -> String {
        JobID(deliveredName: Array(name.utf8), at: time, random: [0, 1, 2, 3, 30, 31]).stem
    }

    @Test("a clean stem is kept", arguments: ["a", "orders-2026.11_24", "A.retry", String(repeating: "x", count: 64)])
    func kept(name: String) {
        #expect(stem(name + ".jsonl") == name)
    }

    @Test(
        "what is not clean, or long, is replaced",
        arguments: ["ü", "a b", "-rf", ".a", "a/b", "a\nb", "a%2Fb", String(repeating: "x", count: 65), "a\u{0}"])
    func replaced(name: String) {
        #expect(stem(name + ".jsonl") == "job")
    }

    @Test("it reads back, and nothing else does")
    func readsBack() {
        let id = JobID(deliveredName: Array("a.b.jsonl".utf8), at: time, random: [0, 1, 2, 3, 30, 31])
        #expect(JobID(id.name) == id && id.name.hasPrefix("a.b.20261124T100000Z.") && id.suffix.utf8.count == 6)
        for name in [
            "", "a", "..", "a.20261124T100000Z", "a.20261124T100000.aaaaaa", "a.20261124T100000Z.aaaaa1", ".x",
            "../a.20261124T100000Z.aaaaaa", "a/b.20261124T100000Z.aaaaaa", "..20261124T100000Z.aaaaaa",
            "-a.20261124T100000Z.aaaaaa", "a b.20261124T100000Z.aaaaaa", "a.２0261124T100000Z.aaaaaa",
        ] {
            #expect(JobID(name) == nil, "\(name)")
        }
    }

    @Test("any bytes survive job.json")
    func record() {
        let names: [[UInt8]] = [
            Array("a.jsonl".utf8), [0xFF, 0x0A, 0x22, 0x5C, 0x25], Array("ü 100%.retry.jsonl".utf8),
        ]
        for name in names {
            var record = JobRecord(
                name: name, lane: "l\"1", uid: 7, arrivedAt: time, claimedAt: time, sizeBytes: 5,
                expected: SHA256Digest(hex: String(repeating: "0f", count: 32)))
            #expect(JobRecord(record.bytes) == record)
            record.sha256 = record.expected
            #expect(JobRecord(record.bytes) == record && record.isRetry == (name.count > 8))
        }
    }
}
