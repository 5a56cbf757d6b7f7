import BatchCore

/// One object of a script while it is read: every key known, every value of its type, or an error that names the place.
struct ScriptObject {
    private let value: JSONValue
    /// Where it stands in the script, such as `rules[2]`; empty for the outermost.
    private let place: String

    init(_ value: JSONValue, at place: String, knowing known: [String]) throws(ScriptError) {
        guard let members = value.members else {
            throw .wrongValue(place: place.isEmpty ? "text" : place, expected: "an object")
        }
        for member in members where !known.contains(member.name) {
            throw .unknownKey(member.name, place: place, known: known)
        }
        self.value = value
        self.place = place
    }

    /// The value under `key`, read by `read`; nil where the key is absent.
    func member<Value>(_ key: String, _ expected: String, _ read: (JSONValue) -> Value?) throws(ScriptError) -> Value? {
        guard let found = value[key] else { return nil }
        guard let value = read(found) else {
            throw .wrongValue(place: place.isEmpty ? key : "\(place).\(key)", expected: expected)
        }
        return value
    }

    func string(_ key: String) throws(ScriptError) -> String? {
        try member(key, "a string") { $0.string }
    }

    func flag(_ key: String) throws(ScriptError) -> Bool {
        try member(key, "true or false") { $0.bool } ?? false
    }

    func count(_ key: String, in range: ClosedRange<Int>) throws(ScriptError) -> Int? {
        try member(key, "an integer from \(range.lowerBound) to \(range.upperBound)") { value in
            value.int.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func milliseconds(_ key: String) throws(ScriptError) -> Duration {
        .milliseconds(try count(key, in: 0...86_400_000) ?? 0)
    }
}
