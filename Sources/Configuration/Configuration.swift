package import BatchCore
package import SystemPackage

/// What the four files of a configuration directory say (README.md), and the price file that one of them may
/// name, validated as a whole: one immutable value that is handed down. A reload makes another one.
package struct Configuration: Equatable, Sendable {
    /// nil: bobbin.toml names no spool, and a command must be told one.
    package let spool: FilePath?
    /// Where it is on record what the books of a spool had come to; nil: where the service manager says, if it does.
    package let witness: FilePath?
    /// By name; `default` is always there.
    package let lanes: [String: Lane]
    /// Requests in flight at a time, of all lanes together.
    package let concurrency: Int
    package let retry: RetryPolicy
    /// How long accepted answers are kept; `[hashlog]`.
    package let hashlog: Retention
    /// How long the results of finished jobs are kept; `[results]`. Nothing is said: for ever.
    package let results: Retention
    /// What one file may be; `[limits]`.
    package let limits: FileLimits
    package let notify: NotifyPolicy
    /// How long requests in flight may take to end when the daemon is asked to stop; `shutdown_timeout`.
    package let shutdownTimeout: Duration
    package let budget: BudgetPolicy
    package let models: ModelCatalogue
    package let gate: GatePolicies
    /// The price file that models.toml names; nil: it names none.
    package let priceFile: FilePath?
    /// Where the four files are.
    package let directory: FilePath

    /// Files that the four name and that are read with them: the price file, JSON Schemas, a judge's instructions.
    package var namedFiles: [FilePath] {
        let gates = [gate.standard] + gate.byLane.values
        let schemas = gates.flatMap { [$0.checks] + $0.checksByModel.values }.compactMap { $0.jsonSchema?.path }
        let instructions = gates.compactMap { $0.judge?.instructionsPath }
        return (priceFile.map { [$0] } ?? []) + Set(schemas + instructions).sorted().map { FilePath($0) }
    }

    /// Names of the environment variables that hold keys: no program that is started has any business with them.
    package var secretVariables: [String] {
        let endpoints = models.endpoints.values.flatMap { [$0.apiKey, $0.transport.proxyCredentials] }
        return (endpoints + [notify.webhook?.secret]).compactMap { source in
            if case .environment(let name) = source { name } else { nil }
        }
    }

    /// Where the configuration is: what `--config` says, else `$BOBBIN_CONFIG` unless it is empty, else `/etc/bobbin`.
    package static func directory(option: String?, environment: [String: String]) -> FilePath {
        if let option { return FilePath(option) }
        if let variable = environment["BOBBIN_CONFIG"], !variable.isEmpty { return FilePath(variable) }
        return "/etc/bobbin"
    }

    /// Reads `bobbin.toml`, `budget.toml`, `models.toml` and `gate.toml`. All but models.toml may be absent; whatever
    /// is not said has the default that stands at its property.
    /// - Throws: everything that is wrong in all four, not only the first thing. The caller's exit code is 78.
    package static func load(from directory: FilePath) throws(ConfigurationError) -> Configuration {
        try requireDirectory(directory)
        var reading = Reading(directory: directory)

        let bobbin = reading.file(ConfigurationFile.bobbin, BobbinFile.form, default: BobbinFile()) {
            $0.check(&$1)
        }
        let lanes = bobbin?.lanes
        // Read before budget.toml, which names models; what is wrong in it is told after.
        var afterwards = Reading(directory: directory)
        var models = ModelCatalogue(endpoints: [:], models: [:])
        let modelsFile = afterwards.file(ConfigurationFile.models, ModelsFile.form, default: ModelsFile()) {
            file, findings in
            models = file.catalogue(from: directory, &findings)
        }
        let budget = reading.file(ConfigurationFile.budget, BudgetFile.form, default: BudgetFile()) { file, findings in
            // Without a readable bobbin.toml or models.toml nobody knows which lanes or models there are.
            if let lanes { file.check(lanes: lanes.keys, &findings) }
            if let modelsFile { file.check(models: modelsFile.models.keys, &findings) }
        }
        reading.problems += afterwards.problems
        let gate = reading.file(ConfigurationFile.gate, GateFile.form, default: GateFile()) { file, findings in
            if let lanes { file.check(lanes: lanes.keys, &findings) }
            if let modelsFile { file.check(models: modelsFile, &findings) }
            file.check(from: directory, &findings)
        }

        guard reading.problems.isEmpty, let bobbin, let budget, let gate else {
            throw ConfigurationError(problems: reading.problems)
        }
        return Configuration(
            spool: bobbin.spool(from: directory), witness: bobbin.witness(from: directory), lanes: bobbin.lanes,
            concurrency: bobbin.concurrency, retry: bobbin.retry, hashlog: bobbin.hashlog,
            results: bobbin.results, limits: bobbin.limits, notify: bobbin.notify,
            shutdownTimeout: bobbin.shutdownTimeout, budget: budget.policy, models: models,
            gate: gate.policies(from: directory),
            priceFile: modelsFile?.priceFile(from: directory), directory: directory)
    }

    /// A directory that is not there would look like four absent files; the message would send people the wrong way.
    private static func requireDirectory(_ directory: FilePath) throws(ConfigurationError) {
        let found: String
        do throws(Errno) {
            if try directory.stat().type == .directory { return }
            found = "is not a directory"
        } catch {
            found = "cannot be opened: \(error)"
        }
        throw ConfigurationError(problems: [
            .init(
                file: directory.string,
                message: "the configuration directory \(found); name another with --config DIR or $BOBBIN_CONFIG")
        ])
    }
}

/// One pass over the files, with what was wrong so far.
private struct Reading {
    let directory: FilePath
    var problems: [ConfigurationError.Problem] = []

    /// - Parameters:
    ///   - absent: what an absent file means.
    ///   - check: looks at the file as a whole, also at an absent one.
    /// - Returns: nil if the file cannot be read at all.
    mutating func file<File>(
        _ name: String, _ form: Form<File>, default absent: File, check: (File, inout Findings) -> Void = { _, _ in }
    ) -> File? {
        let path = directory.appending(name)
        var findings = Findings(file: path.string)
        defer { problems += findings.inOrder }
        let file: File?
        switch ConfigurationFile.contents(of: path, &findings) {
        case .absent: file = absent
        case .unreadable: file = nil
        case .table(let root): file = form.read(root, &findings)
        }
        if let file { check(file, &findings) }
        return file
    }
}
