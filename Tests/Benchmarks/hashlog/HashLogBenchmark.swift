import BatchCore
import Glibc
import Ledgers
import SystemPackage

/// bench-hashlog fill DIRECTORY KEYS GROUP FROM: takes in the keys from FROM on, durably in groups, and closes. With
/// `kill` behind it ends at once instead of closing, as by kill -9.
/// bench-hashlog probe DIRECTORY KEYS: opens, and looks for keys that are there and for others.
@main
enum HashLogBenchmark {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count >= 4, let keys = Int(words[3]) else { exit(64) }
        let directory = FilePath(words[2])
        if words[1] == "fill", words.count >= 6, let group = Int(words[4]), let first = Int(words[5]) {
            try await fill(directory, first..<keys, group: group, isKilled: words.last == "kill")
        } else {
            try await probe(directory, keys)
        }
    }

    private static func open(_ directory: FilePath) throws -> FileHashLog {
        let log = try FileHashLog(in: directory, remark: { print("  remark: \($0)") }) { Timestamp(seconds: 1) }
        return log
    }

    /// While one task fills, another asks for a key again and again: its longest wait is the longest pause, but for
    /// what the machine does.
    private static func fill(_ directory: FilePath, _ keys: Range<Int>, group: Int, isKilled: Bool) async throws {
        let log = try open(directory)
        let begin = seconds()
        let waits = Task { try await longestWaits(log) }
        for start in stride(from: keys.lowerBound, to: keys.upperBound, by: group) {
            try await log.rememberDefects((start..<min(start + group, keys.upperBound)).map { key($0) })
        }
        let filled = seconds()
        waits.cancel()
        let (longest, cpu, asked) = try await waits.value
        report("durable appends", per: filled - begin, keys.count)
        print(
            "  longest wait of \(asked) others: \(milliseconds(longest)) ms, most work meanwhile \(milliseconds(cpu)) ms"
        )
        if !isKilled {
            try await log.close()
            print("  close: \(milliseconds(seconds() - filled)) ms")
        }
        let statistics = try await log.statistics
        print("  index: \(rounded(Double(statistics.indexBytes) / Double(statistics.defects))) bytes a key")
        memory(keys.upperBound)
        fflush(nil)
        if isKilled { kill(getpid(), SIGKILL) }
    }

    private static func longestWaits(_ log: FileHashLog) async throws -> (longest: Double, cpu: Double, asked: Int) {
        var (longest, cpu, asked) = (0.0, 0.0, 0)
        while !Task.isCancelled {
            let (begin, used) = (seconds(), seconds(CLOCK_PROCESS_CPUTIME_ID))
            _ = try await log.recall([key(asked)])
            let wait = seconds() - begin
            // What the whole process worked meanwhile, on all cores: a wait for a processor is not in it, so that the
            // most that was worked during one wait is above the longest step of the log.
            longest = max(longest, wait)
            cpu = max(cpu, seconds(CLOCK_PROCESS_CPUTIME_ID) - used)
            asked += 1
        }
        return (longest, cpu, asked)
    }

    private static func probe(_ directory: FilePath, _ keys: Int) async throws {
        let begin = seconds()
        let used = seconds(CLOCK_PROCESS_CPUTIME_ID)
        let log = try open(directory)
        print(
            "  start: \(milliseconds(seconds() - begin)) ms, on the processor "
                + "\(milliseconds(seconds(CLOCK_PROCESS_CPUTIME_ID) - used)) ms")
        memory(keys)
        var found = 0
        for (name, first, step, hits) in [
            ("hits, at random", 0, 7_919_317, 5), ("hits, in order", 0, 1, 5), ("misses", keys, 1, 0),
            ("a fifth hits, at random", 0, 7_919_317, 1),
        ] {
            let count = min(keys, 2_000_000)
            let wanted = (0..<count).map { key((hits == 1 && $0 % 5 > 0 ? keys : first) + $0 &* step % keys) }
            // A part first, so that the pages of the log are in memory: it is the log that is measured, not the disk.
            for round in 0..<2 {
                let (begin, used, before) = (seconds(), seconds(CLOCK_PROCESS_CPUTIME_ID), found)
                for start in stride(from: 0, to: count, by: 10_000) {
                    let part = Array(wanted[start..<min(start + 10_000, count)])
                    for memory in try await log.recall(part) where memory != nil { found += 1 }
                }
                guard found - before == count / 5 * hits else { fatalError("\(name): \(found - before) found") }
                guard round == 1 else { continue }
                report(name, per: seconds() - begin, count)
                report("  the same, by processor time", per: seconds(CLOCK_PROCESS_CPUTIME_ID) - used, count)
            }
        }
    }

    /// 32 bytes that look like a hash, made faster than one (SplitMix64), and by the peers in the same way.
    private static func key(_ number: Int) -> RequestKey {
        var bytes: [32 of UInt8] = .init(repeating: 0)
        for word in 0..<4 {
            var mixed = (UInt64(number) &* 4 &+ UInt64(word) &+ 1) &* 0x9E37_79B9_7F4A_7C15
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            mixed ^= mixed >> 31
            for byte in 0..<8 { bytes[word * 8 + byte] = UInt8(truncatingIfNeeded: mixed >> (UInt64(byte) * 8)) }
        }
        return RequestKey(SHA256Digest(bytes: bytes.span))
    }

    private static func report(_ name: String, per seconds: Double, _ count: Int) {
        print("  \(name): \(Int(Double(count) / seconds)) a second")
    }

    private static func memory(_ keys: Int) {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        print("  resident at most: \(usage.ru_maxrss / 1024) MiB, \(usage.ru_maxrss * 1024 / keys) bytes a key")
    }

    private static func seconds(_ clock: clockid_t = CLOCK_MONOTONIC) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func milliseconds(_ seconds: Double) -> String { rounded(seconds * 1000) }
    private static func rounded(_ value: Double) -> String { "\(Double(Int(value * 100)) / 100)" }
}
