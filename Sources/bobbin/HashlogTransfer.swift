import ArgumentParser
import BatchCore
import Daemon
import DurableFiles
import Glibc
import Ledgers
import Spooling
import SystemPackage

extension HashlogCommand {
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes all answers to standard output, as lines that `import` reads.")
        @OptionGroup var shared: SharedOptions

        func run() async throws {
            let (spool, _) = try shared.house()
            let exported = try await HashlogCommand.reading(spool).export { Terminal.write($0) }
            guard exported.damaged == 0 else {
                throw Failure.badInput(
                    "\(exported.answers) answers were written; \(exported.damaged) damaged lines or frames were not: "
                        + "`bobbin hashlog repair` sets them aside")
            }
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes answers in from lines {\"key\":…,\"answer\":…,\"at\":…}.",
            discussion: """
                Answers whose key is known are passed over. It stops at the first bad line; the good lines before it \
                are in, so that the rest can be given again.
                """)

        @Argument(help: "A file of such lines; - is standard input.")
        var file: String

        @OptionGroup var shared: SharedOptions

        private static let limitLineBytes = 256 << 20

        func run() async throws {
            let (spool, _) = try shared.house()
            if file != "-", try FileFacts(at: FilePath(file)) == nil {
                throw Failure(code: EX_NOINPUT, message: "\(file): there is no such file")
            }
            let counts = try await HashlogCommand.aloneOnly(in: spool) { try await take(into: spool) }
            HashlogCommand.say(
                ["lines": counts.lines, "answers": counts.answers],
                "\(counts.answers) of \(counts.lines) answers were taken in, the others are known", json: shared.json)
        }

        private func take(into spool: Spool) async throws -> (lines: Int, answers: Int) {
            let log = try FileHashLog(in: spool.hashlog, now: WallClock.now)
            var stream = try LineStream(file == "-" ? nil : FilePath(file), limitLineBytes: Self.limitLineBytes)
            var reader = AnswerImport(now: WallClock.now())
            var (number, lines, taken) = (0, 0, 0)
            var bad: String?
            var isMore = true
            while isMore {
                isMore = try stream.readOn { _, _ in
                    bad = "\(file):\(number + 1):1: the line is longer than 256 MiB"
                    return false
                } line: { _, line, _ in
                    number += 1
                    if line.isBlankLine { return true }
                    lines += 1
                    do throws(JSONError) {
                        try reader.take(line)
                        return true
                    } catch {
                        bad = "\(file):\(number):\(error.offset + 1): \(error.reason)"
                        return false
                    }
                }
                if reader.isFull || !isMore { taken += try await log.take(reader.takeBatch()) }
            }
            try await log.close()
            if let bad { throw Failure.badInput("\(bad); \(taken) answers before it were taken in") }
            return (lines, taken)
        }
    }
}

extension Span<UInt8> {
    /// White space alone, as an empty line of a file with CRLF.
    fileprivate var isBlankLine: Bool {
        for index in indices where ![0x20, 0x09, 0x0D].contains(self[index]) { return false }
        return true
    }
}
