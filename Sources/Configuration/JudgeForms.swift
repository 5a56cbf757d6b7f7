import BatchCore
import SystemPackage

/// [judge] as it stands in gate.toml: `exec` names a program, or `model` a model. A lane that names one of them has no
/// other from further up.
struct JudgeDraft {
    private var exec: Stated<[String]>? {
        didSet { if let model, let exec, model.table != exec.table { self.model = nil } }
    }
    private var model: Stated<String>? {
        didSet { if let model, let exec, model.table != exec.table { self.exec = nil } }
    }
    private var workers: Int?
    private var timeout: Duration?
    private var instructions: JudgeInstructions?
    private var maxTokens: Int?

    static var keys: [Key<JudgeDraft>] {
        [
            Key("exec", \.exec, Form.array(of: .text).stated),
            Key("workers", \.workers, .integer(1...JudgeProgram.workersMax)),
            Key("timeout", \.timeout, .duration),
            Key("model", \.model, Form<String>.text.stated),
            Key("instructions", \.instructions, .instructionsFile),
            Key("max_tokens", \.maxTokens, .integer(1...1_000_000)),
        ]
    }

    static func checked(_ draft: JudgeDraft) throws(Refusal) -> JudgeDraft {
        if draft.exec == nil, draft.model == nil { throw Refusal("needs `exec`, a program that judges, or `model`") }
        if draft.exec != nil, draft.model != nil { throw Refusal("needs one of `exec` and `model`, not both") }
        return draft
    }

    /// As it stands in the file; nil: nobody judges. An empty command takes a judge away, in a lane.
    /// - Parameter directory: of gate.toml.
    func policy(from directory: FilePath) -> JudgePolicy? {
        if let name = model?.value {
            var model = JudgeModel(name: name)
            if let instructions { model.instructions = instructions }
            model.maxTokens = maxTokens
            return .model(model)
        }
        guard let exec = exec?.value, !exec.isEmpty else { return nil }
        var program = JudgeProgram(exec: exec, directory: directory.string)
        if let workers { program.workers = workers }
        if let timeout { program.timeout = timeout }
        return .program(program)
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

    /// - Parameters:
    ///   - known: names of models and routes.
    ///   - byBatch: those of them that are sent by batch: a shard would wait a day for each step of its sample.
    func check(models known: Set<String>, byBatch: Set<String>, _ findings: inout Findings) {
        guard let model, let name = model.value else { return }
        if byBatch.contains(name) {
            findings.add(
                "\(model.subject) names what is sent by batch: a judge has to answer at once", line: model.line)
        }
        guard !known.contains(name) else { return }
        findings.add(
            "\(model.subject) names \"\(TomlPath.printable(name))\", which is no model and no route of "
                + ConfigurationFile.models,
            line: model.line)
    }
}

extension Form where Value == JudgeInstructions {
    /// The name of a file with words for a model. A relative one begins where gate.toml is.
    fileprivate static var instructionsFile: Form {
        Form { node, findings in
            let directory = FilePath(findings.file).removingLastComponent()
            return Form<String>.text.then { name throws(Refusal) in
                let path = directory.pushing(FilePath(name)).lexicallyNormalized()
                let bytes = try path.namedFile(limitBytes: JudgeInstructions.longestBytes)
                guard let text = String(validating: bytes, as: UTF8.self), !text.allSatisfy(\.isWhitespace) else {
                    throw Refusal("names \(name), which has no text in UTF-8")
                }
                return JudgeInstructions(text: text.trimmingEnd, path: path.string)
            }.read(node, &findings)
        }
    }
}

extension String {
    fileprivate var trimmingEnd: String {
        let end = lastIndex { !$0.isWhitespace }
        return end.map { String(self[...$0]) } ?? ""
    }
}
