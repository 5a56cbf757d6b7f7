/// `[judge]` of gate.toml: who is asked about sampled answers.
package enum JudgePolicy: Hashable, Sendable {
    case program(JudgeProgram)
    case model(JudgeModel)

    /// As an operator knows it.
    package var name: String {
        switch self {
        case .program(let program): program.command
        case .model(let model): model.name
        }
    }

    /// The file that its instructions stand in; nil: there is none.
    package var instructionsPath: String? { if case .model(let model) = self { model.instructions.path } else { nil } }
}

/// A judge that is a program: one process an answer.
package struct JudgeProgram: Hashable, Sendable {
    /// The most that may be asked for: each has a thread that waits for it.
    package static let workersMax = 32

    /// The path of a program, which begins in `directory`, then the arguments.
    package var exec: [String]
    /// Where it runs: the directory of gate.toml, so that arguments may be relative paths.
    package var directory: String
    /// How many of them run at once, over all jobs.
    package var workers = 2
    /// How long one answer may take; then it is ended, with everything that it has started.
    package var timeout = Duration.seconds(10)

    package init(exec: [String], directory: String) {
        self.exec = exec
        self.directory = directory
    }

    /// The command: what its verdicts are written down under, so that those of another judge are not taken for its own.
    package var command: String { exec.joined(separator: " ") }
}

/// A judge that is a model: one request an answer, paid for like any.
package struct JudgeModel: Hashable, Sendable {
    /// A model or a route of models.toml, which answers chat completions.
    package var name: String
    package var instructions = JudgeInstructions()
    /// The completion bound of its requests; nil: the model's own.
    package var maxTokens: Int?

    package init(name: String) {
        self.name = name
    }
}

/// What makes an answer good, in words for a model: the beginning of its system message.
package struct JudgeInstructions: Hashable, Sendable {
    package static let longestBytes = 64 << 10

    package var text = """
        You inspect one answer of a language model before it is used. You get the request and the answer as JSON. The \
        answer passes if it does what the request asks for, correctly and completely, and adds nothing that the \
        request does not want; else it fails.
        """
    /// The file that holds them; nil: they are our own.
    package var path: String?

    package init() {}

    package init(text: String, path: String) {
        self.text = text
        self.path = path
    }
}
