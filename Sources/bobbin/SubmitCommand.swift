import ArgumentParser
import BatchCore
import DurableFiles
import Glibc
import Pipeline
import Spooling
import SystemPackage

struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit", abstract: "Hands files in safely, and prints the name that each has in the inbox.")

    @Argument(help: "Files of request lines; - is standard input.")
    var files: [String]

    @Option(help: "The lane to hand them to.")
    var lane: String?

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let (spool, policies) = try shared.house()
        let inbox = try Submission.inbox(of: lane, in: spool, policies)
        for file in files {
            let name = try Submission.submit(file, to: inbox, of: spool)
            Submission.tell(name, json: shared.json)
        }
    }
}

/// Handing in, as `submit`, `run` and `retry` do it.
enum Submission {
    /// Under which name it stands in the inbox.
    static func tell(_ name: String, json: Bool) {
        guard json else { return Terminal.say(Terminal.printable(name)) }
        var writer = JSONWriter()
        writer.object { $0.member("name", name) }
        Terminal.say(writer.text)
    }

    static func inbox(of lane: String?, in spool: Spool, _ policies: Policies) throws -> FilePath {
        try spool.prepareAsOwner()
        guard let lane, lane != Lane.defaultName else { return spool.inbox }
        try check(lane: lane, policies)
        return try spool.prepareLane(lane)
    }

    /// - Throws: `Failure` where no lane has that name.
    static func check(lane: String, _ policies: Policies) throws {
        guard lane != Lane.defaultName, policies.lanes[lane] == nil else { return }
        let known = policies.lanes.keys.sorted().joined(separator: ", ")
        throw Failure.usage("there is no lane \"\(lane)\" in bobbin.toml; its lanes are \(known)")
    }

    /// - Returns: the name in the inbox.
    static func submit(_ file: String, as name: String? = nil, to inbox: FilePath, of spool: Spool) throws -> String {
        let path = FilePath(file == "-" ? "/dev/stdin" : file)
        let delivered = name ?? (file == "-" ? "stdin.jsonl" : path.lastComponent?.string ?? "stdin.jsonl")
        guard !delivered.hasPrefix(".") else {
            throw Failure.usage(
                "\(Terminal.printable(file)): what begins with a dot is never looked at in the inbox: give it a name")
        }
        let source: FileDescriptor
        do {
            source = file == "-" ? .standardInput : try FileDescriptor.open(path, .readOnly)
        } catch {
            throw Failure(code: EX_NOINPUT, message: "\(file): \(error): name a file that can be read")
        }
        defer {
            if file != "-" { do { try source.close() } catch { Terminal.complain("bobbin: close \(file): \(error)") } }
        }
        let submitted = try spool.submit(named: delivered, to: inbox) { writer throws(FileError) in
            var chunk = [UInt8](repeating: 0, count: 1 << 20)
            while true {
                let count: Int
                do { count = try chunk.withUnsafeMutableBytes { try source.read(into: $0) } } catch {
                    throw FileError(operation: "read", path: file, code: (error as? Errno)?.rawValue ?? EIO)
                }
                if count == 0 { return }
                try writer.write(chunk[..<count])
            }
        }
        return submitted
    }
}
