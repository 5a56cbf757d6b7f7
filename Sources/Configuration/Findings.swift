/// What is wrong with one file, collected while it is read on to its end.
struct Findings {
    let file: String
    private(set) var problems: [ConfigurationError.Problem] = []

    init(file: String) {
        self.file = file
    }

    var isEmpty: Bool { problems.isEmpty }

    /// In the order of the lines; what is wrong with the whole file comes first.
    var inOrder: [ConfigurationError.Problem] {
        problems.sorted { ($0.line ?? 0, $0.message) < ($1.line ?? 0, $1.message) }
    }

    mutating func add(_ message: String, line: Int? = nil, column: Int? = nil) {
        problems.append(.init(file: file, line: line, column: column, message: message))
    }

    /// Refuses a value: the sentence begins with the key and its table and goes on with `predicate`.
    mutating func refuse(_ node: TomlNode, _ predicate: String) {
        add("\(node.subject) \(predicate)", line: node.line)
    }

    /// A table under a name that another file must know: "... is no lane of bobbin.toml".
    mutating func check<Table>(
        _ name: String, of table: Stated<Table>, among known: some Collection<String>, _ lack: String
    ) {
        guard !known.contains(name) else { return }
        add("\(table.subject) is \(lack)\(NearestName.hint(for: name, among: Array(known)))", line: table.line)
    }
}
