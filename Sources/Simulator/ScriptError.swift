/// Why a script is refused; nothing of it is used then.
package enum ScriptError: Error, Equatable, CustomStringConvertible {
    /// Both counted from 1, the column in bytes.
    case notJSON(line: Int, column: Int, reason: String)
    /// `place` is the object that holds the key, such as `rules[2]`; empty for the outermost.
    case unknownKey(String, place: String, known: [String])
    case wrongValue(place: String, expected: String)

    package var description: String {
        switch self {
        case .notJSON(let line, let column, let reason):
            "the script is not JSON: line \(line), column \(column): \(reason)"
        case .unknownKey(let key, let place, let known):
            "the script has an unknown key \(key)\(place.isEmpty ? "" : " in \(place)"); "
                + "known are \(known.joined(separator: ", "))"
        case .wrongValue(let place, let expected):
            "the script's \(place) must be \(expected)"
        }
    }
}
