/// `[judge]` of gate.toml: a program that is asked about sampled answers.
package struct JudgePolicy: Hashable, Sendable {
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
