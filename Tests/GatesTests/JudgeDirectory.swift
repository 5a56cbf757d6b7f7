import BatchCore
import DurableFiles
import Gates
import Glibc
import SystemPackage

/// A directory for the programs of one test, removed with the object.
final class JudgeDirectory: Sendable {
    let path: FilePath

    init() throws {
        path = FilePath("/tmp/bobbin-judge-\(getpid())-\(UInt32.random(in: .min ... .max))")
        try DurableFile.makeDirectory(path)
    }

    deinit {
        do { try DurableFile.removeTree(path) } catch { print("left behind: \(error)") }
    }

    /// A judge that is a script of sh(1).
    func judge(_ script: String, timeout: Duration = .seconds(30)) throws -> JudgeProgram {
        let file = path.appending("judge")
        try DurableFile.publish(Array("#!/bin/sh\n\(script)\n".utf8), to: file, durable: false)
        chmod(file.string, 0o755)
        var policy = JudgeProgram(exec: ["./judge"], directory: path.string)
        policy.timeout = timeout
        return policy
    }

    /// What it says of an answer.
    func ask(
        _ script: String, timeout: Duration = .seconds(30), about text: String = "an answer"
    ) async throws -> Judgement {
        let policy = try judge(script, timeout: timeout)
        return await ProgramJudge().judge(.about(text), by: policy, unless: { false })
    }

    func text(_ name: String) throws -> String {
        String(decoding: try DurableFile.read(path.appending(name)) ?? [], as: UTF8.self)
    }

    /// Processes with this word in their arguments, of whoever they are.
    func processes(with word: String) throws -> [String] {
        try DurableFile.list("/proc").compactMap { Int(String(decoding: $0, as: UTF8.self)) }.compactMap { id in
            // Gone between two looks is gone.
            guard let file = fopen("/proc/\(id)/cmdline", "r") else { return nil }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = fread(&bytes, 1, bytes.count, file)
            let command = String(decoding: bytes[..<count], as: UTF8.self)
            return command.contains(word) ? command : nil
        }
    }
}

extension JudgeQuestion {
    static func about(_ text: String) -> JudgeQuestion {
        JudgeQuestion(
            customID: "a\"b", url: "/v1/chat/completions", request: Array(#"{"model":"m"}"#.utf8),
            response: Array(#"{"choices":[]}"#.utf8), text: text)
    }
}
