/// One key of a table: its name, its form, and where the value goes. A table's keys stand together in one list, which
/// is what is read, what is known, and what an unknown key is compared with.
struct Key<Target> {
    let name: String
    let read: (TomlNode, inout Target, inout Findings) -> Void

    init<Value>(_ name: String, _ property: WritableKeyPath<Target, Value>, _ form: Form<Value>) {
        self.name = name
        read = { node, target, findings in
            if let value = form.read(node, &findings) { target[keyPath: property] = value }
        }
    }

    /// For a property that is nil as long as the file says nothing.
    init<Value>(_ name: String, _ property: WritableKeyPath<Target, Value?>, _ form: Form<Value>) {
        self.name = name
        read = { node, target, findings in
            if let value = form.read(node, &findings) { target[keyPath: property] = value }
        }
    }

    /// For a property that the table changes: what it does not say stays as it is.
    init<Value>(
        _ name: String, changing property: WritableKeyPath<Target, Value>, _ form: @escaping (Value) -> Form<Value>
    ) {
        self.name = name
        read = { node, target, findings in
            if let value = form(target[keyPath: property]).read(node, &findings) { target[keyPath: property] = value }
        }
    }

    /// The same key of a value that holds this one.
    func within<Whole>(_ part: WritableKeyPath<Whole, Target>) -> Key<Whole> {
        Key<Whole>(name: name) { node, whole, findings in read(node, &whole[keyPath: part], &findings) }
    }

    /// A key that is known and cannot be obeyed. It is refused: whoever wrote it counts on it.
    static func refused(_ name: String, _ predicate: String) -> Key {
        Key(name: name) { node, _, findings in findings.refuse(node, predicate) }
    }

    private init(name: String, read: @escaping (TomlNode, inout Target, inout Findings) -> Void) {
        self.name = name
        self.read = read
    }
}

extension Form {
    /// A table with known keys; what it does not say stays as it is in `start`.
    static func table(_ start: Value, _ keys: [Key<Value>]) -> Form {
        Form { node, findings in
            guard case .table(let entries) = node.value else {
                findings.refuse(node, "must be a table, not \(node.kind)")
                return nil
            }
            var target = start
            for (name, child) in entries {
                if let key = keys.first(where: { $0.name == name }) {
                    key.read(child, &target, &findings)
                } else {
                    let hint = NearestName.hint(for: name, among: keys.map(\.name))
                    findings.add("unknown key \(child.subject)\(hint)", line: child.line)
                }
            }
            return target
        }
    }

    /// A table of tables, each under a name of the user's.
    /// - Parameters:
    ///   - names: says what is wrong with a name; nil: nothing.
    ///   - start: what a table of that name is before it is read.
    static func tables<Element>(
        names: @escaping (String) -> String?, _ start: @escaping (String) -> Element, _ keys: [Key<Element>]
    ) -> Form where Value == [String: Stated<Element>] {
        Form { node, findings in
            guard case .table(let entries) = node.value else {
                findings.refuse(node, "must be a table, not \(node.kind)")
                return nil
            }
            var tables: Value = [:]
            for (name, child) in entries {
                if let wrong = names(name) { findings.add(wrong, line: child.line) }
                tables[name] = Form<Element>.table(start(name), keys).stated.read(child, &findings)
            }
            return tables
        }
    }
}

extension Form where Value == [String: Stated<TomlNode>] {
    /// Tables under names of the user's that are read later, when what they begin with is known.
    static var namedNodes: Form {
        Form { node, findings in
            guard case .table(let entries) = node.value else {
                findings.refuse(node, "must be a table, not \(node.kind)")
                return nil
            }
            var tables: Value = [:]
            for (name, child) in entries {
                tables[name] = Stated(value: child, line: child.line, subject: child.subject)
            }
            return tables
        }
    }
}
