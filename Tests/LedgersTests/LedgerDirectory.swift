import BatchCore
import DurableFiles
import Glibc
import Ledgers
import Synchronization
import SystemPackage

/// A directory with books for one test, removed with the object.
final class LedgerDirectory: Sendable {
    static let day = CivilDate(daysSinceEpoch: 20_781)  // 2026-11-24
    static let nextDay = CivilDate(daysSinceEpoch: 20_782)

    let path: FilePath

    init() throws {
        let base = FilePath(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")
        path = base.appending("ledgers-\(UInt64.random(in: .min ... .max))")
        try DurableFile.makeDirectory(path)
    }

    deinit {
        do { try DurableFile.removeTree(path) } catch { print("left behind: \(error)") }
    }

    func ledger(
        cap: Cap = Cap(usd: Amount.units(1000).usd), _ change: (inout BudgetPolicy) -> Void = { _ in },
        days: [CivilDate] = [day]
    ) throws -> FileBudgetLedger {
        var policy = BudgetPolicy()
        policy.day = cap
        change(&policy)
        return try FileBudgetLedger(in: path, openedDays: path.appending("days"), policy: policy, days: days) {
            Timestamp(seconds: 1_795_514_400)
        }
    }

    func hashLog(
        writable: Bool = true, segmentBytes: Int? = nil,
        now: @escaping @Sendable () -> Timestamp = { Timestamp(seconds: 1_795_514_400) }
    ) throws -> FileHashLog {
        try FileHashLog(in: path, writable: writable, segmentBytes: segmentBytes, now: now)
    }

    var names: [String] {
        get throws { try DurableFile.list(path).map { String(decoding: $0, as: UTF8.self) } }
    }

    /// What `zstd -d` makes of a file.
    func plainBytes(_ name: String) throws -> [UInt8] {
        let (from, to) = (path.appending(name).string, path.string + ".plain")
        guard system("zstd -q -d -f -o '\(to)' '\(from)'") == 0 else { throw Unexpected() }
        let bytes = try DurableFile.read(FilePath(to)) ?? []
        try DurableFile.remove(FilePath(to))
        return bytes
    }

    /// The bytes of all files as one text, compressed ones plain.
    var everything: String {
        get throws {
            try names.map { name in
                String(decoding: name.hasSuffix(".zst") ? try plainBytes(name) : try bytes(name), as: UTF8.self)
            }.joined(separator: "\n")
        }
    }

    func removeAside() async throws {
        for name in try names where name.contains(".damaged-") { try DurableFile.remove(path.appending(name)) }
    }

    func bytes(_ name: String) throws -> [UInt8] {
        try DurableFile.read(path.appending(name)) ?? []
    }

    func write(_ bytes: [UInt8], _ name: String) throws {
        try DurableFile.publish(bytes, to: path.appending(name), durable: false)
    }

    func write(_ bytes: [UInt8], _ name: String, unlessEmpty: Bool) throws {
        if !unlessEmpty || !bytes.isEmpty { try write(bytes, name) }
    }

    /// The segments of the key log that have a byte.
    func segments() throws -> [String: [UInt8]] {
        var segments: [String: [UInt8]] = [:]
        for name in try DurableFile.list(path).map({ String(decoding: $0, as: UTF8.self) })
        where name.hasPrefix("keys-") && name.hasSuffix(".log") {
            let bytes = try bytes(name)
            if !bytes.isEmpty { segments[name] = bytes }
        }
        return segments
    }

    /// The records of a day as they stand on disk.
    func records(_ day: CivilDate = day) throws -> [BudgetRecord] {
        try BudgetFile(day, in: path).read()?.records ?? []
    }
}

/// A clock that stands still until it is set.
final class SetClock: Sendable {
    private let time = Mutex(Timestamp(seconds: 1_795_514_400))

    var now: Timestamp { time.withLock { $0 } }
    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}

extension Amount {
    /// So many millionths of a dollar, and as many tokens.
    static func units(_ count: Int) -> Amount {
        Amount(usd: Money(picodollars: Int128(count) * 1_000_000), tokens: count)
    }
}

func request(_ shard: Int, job: String = "job", lane: String = "default", round: Int = 1) -> ReservationRequest {
    ReservationRequest(id: ReservationID(job: job, shard: shard), lane: lane, model: "m", uid: 7, round: round)
}

extension FileBudgetLedger {
    /// A reservation that is dropped at once, as by a crash: it stays open in the books.
    /// - Returns: what was granted; nil if it was refused.
    func leaveOpen(
        _ worstCases: [Amount], _ request: ReservationRequest, on day: CivilDate = LedgerDirectory.day
    ) async throws -> Amount? {
        switch try await reserve(worstCases, for: request, on: day) {
        case .granted(let reservation): reservation.worstCase
        case .refused: nil
        }
    }
}
