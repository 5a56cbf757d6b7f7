// The forms of single values and of arrays. A string is repeated in a message only where it cannot be a secret.

extension Form where Value == String {
    /// Any text but an empty one or one with control characters, which no path, name or argument may hold.
    static var text: Form {
        anyText.then { text throws(Refusal) in
            guard !text.isEmpty else { throw Refusal("must not be empty") }
            guard TomlPath.printable(text) == text else { throw Refusal("must not have control characters") }
            return text
        }
    }

    /// Any text at all.
    static var anyText: Form {
        Form { node, findings in
            if case .string(let text) = node.value { return text }
            findings.refuse(node, "must be a string, not \(node.kind)")
            return nil
        }
    }
}

extension Form where Value == Bool {
    static var boolean: Form {
        Form { node, findings in
            if case .boolean(let value) = node.value { return value }
            findings.refuse(node, "must be true or false, not \(node.kind)")
            return nil
        }
    }
}

extension Form where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Form {
        Form { node, findings in
            let wanted = "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            guard case .integer(let value) = node.value else {
                findings.refuse(node, "\(wanted), not \(node.kind)")
                return nil
            }
            guard range.contains(value) else {
                findings.refuse(node, "\(wanted), not \(value)")
                return nil
            }
            return value
        }
    }
}

extension Form where Value == Double {
    /// A number that `accepts`, written with or without a point. NaN and the infinities are no shares of anything.
    /// - Parameter wanted: "a number from 0 to 1".
    static func number(_ wanted: String, _ accepts: @escaping (Double) -> Bool) -> Form {
        Form { node, findings in
            let value: Double
            switch node.value {
            case .float(let number): value = number
            case .integer(let number): value = Double(number)
            default:
                findings.refuse(node, "must be \(wanted), not \(node.kind)")
                return nil
            }
            guard accepts(value) else {
                findings.refuse(node, "must be \(wanted), not \(value)")
                return nil
            }
            return value
        }
    }
}

extension Form {
    /// One of a few words. `words` stand in the message in their order.
    static func word(_ words: KeyValuePairs<String, Value>) -> Form {
        let wanted = "must be " + words.map { "\"\($0.key)\"" }.joined(separator: " or ")
        return Form { node, findings in
            guard case .string(let text) = node.value else {
                findings.refuse(node, "\(wanted), not \(node.kind)")
                return nil
            }
            guard let word = words.first(where: { $0.key == text }) else {
                findings.refuse(node, "\(wanted), not \"\(TomlPath.printable(text))\"")
                return nil
            }
            return word.value
        }
    }

    /// An array whose values all have one form; each that has not is found.
    static func array<Element>(of form: Form<Element>) -> Form where Value == [Element] {
        Form { node, findings in
            guard case .array(let nodes) = node.value else {
                findings.refuse(node, "must be an array, not \(node.kind)")
                return nil
            }
            let values = nodes.compactMap { form.read($0, &findings) }
            return values.count == nodes.count ? values : nil
        }
    }

    /// As `array(of:)`, and one value at least.
    /// - Parameter what: what is missing in an empty array, "a program and its arguments".
    static func list<Element>(of form: Form<Element>, naming what: String) -> Form where Value == [Element] {
        array(of: form).then { values throws(Refusal) in
            guard !values.isEmpty else { throw Refusal("must name \(what)") }
            return values
        }
    }
}
