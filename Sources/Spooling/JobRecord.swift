package import BatchCore
import DurableFiles

/// `job.json`: where a job comes from. It is written before the file is claimed, and again with its hash once the
/// snapshot is taken.
package struct JobRecord: Equatable, Sendable {
    package var name: [UInt8]
    package var lane: String
    package var uid: UInt32
    package var arrivedAt: Timestamp
    package var claimedAt: Timestamp
    package var sizeBytes: Int
    /// Of the snapshot; nil until it is taken.
    package var sha256: SHA256Digest?
    /// What a manifest beside the file said the hash is.
    package var expected: SHA256Digest?
    /// Why the file is rejected without having been copied or read; `input.jsonl` is then what was delivered itself.
    package var refusal: String?
    /// The manifests that lay beside the file, each by what no other file has (`Arrival.manifests`); empty once the
    /// snapshot is taken.
    package var manifests: [String] = []

    package init(
        name: [UInt8], lane: String, uid: UInt32, arrivedAt: Timestamp, claimedAt: Timestamp, sizeBytes: Int,
        expected: SHA256Digest? = nil
    ) {
        self.name = name
        self.lane = lane
        self.uid = uid
        self.arrivedAt = arrivedAt
        self.claimedAt = claimedAt
        self.sizeBytes = sizeBytes
        self.expected = expected
    }

    package var printableName: String { PercentName.escape(name) }

    /// Handed in again on purpose: what was paid for before may be paid for again.
    package var isRetry: Bool { Arrival.isRetry(name) }

    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("v", Self.version)
            writer.member("name", printableName)
            if let sha256 { writer.member("sha256", sha256.hex) }
            if let refusal { writer.member("refusal", refusal) }
            if let expected { writer.member("expected_sha256", expected.hex) }
            if !manifests.isEmpty {
                writer.array("manifests") { writer in for manifest in manifests { writer.element(manifest) } }
            }
            writer.member("size", sizeBytes)
            writer.member("uid", Int(uid))
            writer.member("lane", lane)
            writer.member("arrived_at", arrivedAt.description)
            writer.member("claimed_at", claimedAt.description)
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// Of the form that this Bobbin writes, and the only one that it reads.
    private static let version = 1

    /// A newer Bobbin wrote it: it may say what is not understood here.
    static func isNewer(_ bytes: [UInt8]) -> Bool {
        do { return try JSONValue(parsing: bytes)["v"]?.int ?? 0 > version } catch { return false }
    }

    package init?(_ bytes: [UInt8]) {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { return nil }
        guard value["v"]?.int == Self.version,
            let uid = value["uid"].map({ $0.int.flatMap { UInt32(exactly: $0) } }) ?? 0,
            let name = value["name"]?.string.flatMap({ PercentName.unescape($0) }), let lane = value["lane"]?.string,
            let arrived = value["arrived_at"]?.string.flatMap({ Timestamp($0) }),
            let claimed = value["claimed_at"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        self.init(
            name: name, lane: lane, uid: uid, arrivedAt: arrived, claimedAt: claimed,
            sizeBytes: value["size"]?.int ?? 0,
            expected: value["expected_sha256"]?.string.flatMap { SHA256Digest(hex: $0) })
        refusal = value["refusal"]?.string
        manifests = value["manifests"]?.array?.compactMap(\.string) ?? []
        sha256 = value["sha256"]?.string.flatMap { SHA256Digest(hex: $0) }
    }
}
