/// Text of others (names of files, endpoints' messages) for a line that a person or a program reads.
///
/// Left raw, a control sequence could rewrite the reader's terminal, a line break could forge a second line, and a
/// change of text direction could show a name backwards.
package enum SafeText {
    /// Every control, format and separator character except the space as `\u{…}`, a backslash doubled.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case let scalar where isDangerous(scalar): result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// As the value of `key=value` on a line: in quotes where a reader could not tell where it ends.
    package static func quoted(_ value: String) -> String {
        let escaped = escaped(value)
        let isPlain = !escaped.isEmpty && !escaped.utf8.contains { " \"=()".utf8.contains($0) }
        if isPlain { return escaped }
        // A backslash is doubled already, so one before a quotation mark can only be ours.
        return "\"" + escaped.reduce(into: "") { $0 += $1 == "\"" ? "\\\"" : String($1) } + "\""
    }

    /// Controls, formats (changes of text direction too), separators except the space.
    package static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
        case .spaceSeparator: scalar != " "
        default: false
        }
    }
}
