import BatchCore
import SystemPackage

/// [judge] as it stands in gate.toml.
struct JudgeDraft {
    private var exec: Stated<[String]>?
    private var workers: Int?
    private var timeout: Duration?

    static var keys: [Key<JudgeDraft>] {
        [
            Key("exec", \.exec, Form.array(of: .text).stated),
            Key("workers", \.workers, .integer(1...JudgePolicy.workersMax)),
            Key("timeout", \.timeout, .duration),
            .refused("model", "names a judge that this version cannot ask: `exec` names a program"),
        ]
    }

    static func checked(_ draft: JudgeDraft) throws(Refusal) -> JudgeDraft {
        if draft.exec == nil { throw Refusal("needs `exec`, the program that it is about") }
        return draft
    }

    /// As it stands in the file; nil: nobody judges. An empty command takes a judge away, in a lane.
    var policy: JudgePolicy? {
        guard let exec = exec?.value, !exec.isEmpty else { return nil }
        var policy = JudgePolicy(exec: exec, directory: "")
        if let workers { policy.workers = workers }
        if let timeout { policy.timeout = timeout }
        return policy
    }

    /// A program that is not there is found before anything is paid for that it is to judge.
    func check(from directory: FilePath, _ findings: inout Findings) {
        guard let exec, let name = exec.value?.first else { return }
        guard name.contains("/") else {
            findings.add(
                "\(exec.subject) must begin with the path of a program, such as \"./judge\", not "
                    + "\"\(TomlPath.printable(name))\": no PATH is searched",
                line: exec.line)
            return
        }
        do throws(Errno) {
            guard try directory.pushing(FilePath(name)).stat().type != .regular else { return }
            findings.add("\(exec.subject) must begin with a program; \(name) is no regular file", line: exec.line)
        } catch {
            // Whoever may not look there may still ask for the status.
            if error != .noSuchFileOrDirectory && error != .notDirectory { return }
            findings.add("\(exec.subject) begins with a program that is not there: \(name)", line: exec.line)
        }
    }
}
