import BatchCore
import Glibc

/// What a request key costs: scans each line of FILE, writes its canonical form and hashes that. Prints ns of CPU time
/// a line, lines, refused lines and a number that only keeps the work from being optimised away.
/// With a second argument only the scan (`scan`), or the scan and the canonical form (`canonical`), or all that is done
/// with a request line (`request`: validated, bounded, priced and hashed).
@main
enum ScanBenchmark {
    static func main() {
        guard CommandLine.arguments.count >= 2, let text = read(CommandLine.arguments[1]) else { exit(66) }
        let part = CommandLine.arguments.count > 2 ? CommandLine.arguments[2] : "all"
        let lines = lineRanges(of: text)
        if part == "request" { return readRequests(lines, of: text) }
        var keys = Keys(writes: part != "scan", hashes: part == "all")
        let begin = cpuNanoseconds()
        for line in lines { keys.take(text.span.extracting(line)) }
        let nanoseconds = (cpuNanoseconds() - begin) / Double(lines.count)
        print(Int(nanoseconds.rounded()), lines.count, keys.refused, keys.mix)
    }

    static func readRequests(_ lines: [Range<Int>], of text: [UInt8]) {
        let price = Price(input: Money(picodollars: 150_000), output: Money(picodollars: 600_000))
        let model = Model(name: "smollm2-135m", endpoint: "local", price: price, maxOutputTokens: 1024)
        var reader = RequestReader(catalogue: ModelCatalogue(endpoints: [:], models: [model.name: model]))
        var refused = 0
        var mix = 0
        let begin = cpuNanoseconds()
        for line in lines {
            do throws(LineRefusal) { mix &+= try reader.read(text.span.extracting(line)).worstCase.tokens } catch {
                refused += 1
            }
        }
        let nanoseconds = (cpuNanoseconds() - begin) / Double(lines.count)
        print(Int(nanoseconds.rounded()), lines.count, refused, mix)
    }

    struct Keys: ~Copyable {
        let writes: Bool
        let hashes: Bool
        var refused = 0
        /// Keeps the compiler from leaving out work whose result nobody reads.
        var mix: UInt8 = 0
        private let lowest = SHA256.digest(of: [])
        private var tape = JSONTape()
        private var form: [UInt8] = []
        private var hash = SHA256()

        init(writes: Bool, hashes: Bool) {
            self.writes = writes
            self.hashes = hashes
        }

        mutating func take(_ line: Span<UInt8>) {
            do throws(JSONError) { try tape.scan(line) } catch { return refused += 1 }
            guard writes else { return }
            form.removeAll(keepingCapacity: true)
            CanonicalJSON.append(JSONTape.root, of: tape, in: line, numbers: .exactIntegers, to: &form)
            guard hashes else { return mix ^= UInt8(truncatingIfNeeded: form.count) }
            hash.update(form)
            if hash.finish() < lowest { mix &+= 1 }
        }
    }

    static func lineRanges(of text: [UInt8]) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        for at in text.indices where text[at] == UInt8(ascii: "\n") {
            lines.append(start..<at)
            start = at + 1
        }
        return lines
    }

    /// Time on the processor, not on the wall: a busy machine spoils it less.
    static func cpuNanoseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var text: [UInt8] = []
        while true {
            let before = text.count
            text.append(contentsOf: repeatElement(0, count: 1 << 20))
            let got = text.withUnsafeMutableBytes { fread($0.baseAddress! + before, 1, 1 << 20, file) }
            text.removeLast((1 << 20) - got)
            if got == 0 { return text }
        }
    }
}
