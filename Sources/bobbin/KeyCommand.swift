import ArgumentParser
import BatchCore
import Daemon
import DurableFiles
import Glibc
import Pipeline
import SystemPackage

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Prints the request key of each line, a tab and its custom_id.")

    @Argument(help: "A file of request lines; - is standard input.")
    var file: String

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let (_, policies) = try shared.house()
        let input = try InputFile(file)
        defer { input.remove() }
        let lane = policies.lane(Lane.defaultName)
        let rules = ReadRules(
            catalogue: policies.catalogue, lane: lane, uid: Operator.uid, budget: BudgetPolicy.unlimited, dayCap: Cap())
        let reader = InputReader(
            rules, limits: policies.shardLimits(lane, dayCap: Cap()), hashLog: nil, isRetry: false,
            now: WallClock.now(),
            keepsEntries: true, scratchIn: InputFile.scratch)
        let reading = try await reader.read(input.path).reading
        let text = try LineFile(input.path)
        var requests = RequestReader(catalogue: policies.catalogue)
        for entry in reading.entries {
            let line = try text.read(at: entry.offset, length: entry.length)
            let (key, customID) = (entry.request.key.hex, requests.customID(of: line.span) ?? "")
            if shared.json {
                var writer = JSONWriter()
                writer.object { writer in
                    writer.member("key", key)
                    writer.member("custom_id", customID)
                }
                Terminal.say(writer.text)
            } else {
                Terminal.say("\(key)\t\(Terminal.printable(customID))")
            }
        }
        guard !reading.refused.isEmpty else { return }
        throw Failure.badInput(
            reading.refused.map { "\(file):\($0.line): \($0.refusal.reason)" }.joined(separator: "\nbobbin: "))
    }
}

struct CanonicalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "canonical", abstract: "Prints the RFC 8785 form of one JSON text, without a newline.")

    @Argument(help: "A file with one JSON text; - is standard input.")
    var file: String

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let input = try InputFile(file)
        defer { input.remove() }
        guard let text = try DurableFile.read(input.path, limitBytes: 256 << 20) else { return }
        var tape = JSONTape()
        do { try tape.scan(text.span) } catch {
            let before = text[..<error.offset]
            let line = before.count { $0 == UInt8(ascii: "\n") } + 1
            let column = error.offset - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
            Terminal.complain("\(file):\(line):\(column): \(error.reason)")
            throw ExitCode(65)
        }
        var canonical: [UInt8] = []
        CanonicalJSON.append(JSONTape.root, of: tape, in: text.span, numbers: .rfc8785, to: &canonical)
        Terminal.write(canonical)
    }
}
