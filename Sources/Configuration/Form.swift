/// The form that a value must have, and how it is read. Forms are put together into the table of keys of each file.
struct Form<Value> {
    /// nil: the value is refused, and a finding says why.
    let read: (TomlNode, inout Findings) -> Value?

    init(_ read: @escaping (TomlNode, inout Findings) -> Value?) {
        self.read = read
    }

    /// A second look at a value that has the form so far.
    /// - Parameter convert: throws what a message says after the key's name.
    func then<Next>(_ convert: @escaping (Value) throws(Refusal) -> Next) -> Form<Next> {
        Form<Next> { node, findings in
            guard let value = read(node, &findings) else { return nil }
            do throws(Refusal) {
                return try convert(value)
            } catch {
                findings.refuse(node, error.predicate)
                return nil
            }
        }
    }

    /// The value with its line, for what can be checked only when other keys, tables or files are known. It is there
    /// also where the value is refused: a key that is wrong is not a key that is missing.
    var stated: Form<Stated<Value>> {
        Form<Stated<Value>> { node, findings in
            Stated(value: read(node, &findings), line: node.line, subject: node.subject)
        }
    }
}

/// Why a value is refused: "must be ...", said after the name of its key.
struct Refusal: Error {
    let predicate: String

    init(_ predicate: String) {
        self.predicate = predicate
    }
}

/// What a file says at one place.
struct Stated<Value> {
    /// nil: it was refused, and a finding says why.
    let value: Value?
    let line: Int
    /// How a message names the place.
    let subject: String

    /// The table in which it stands, as a message names it.
    var table: Substring { subject.drop { $0 != " " } }
}
