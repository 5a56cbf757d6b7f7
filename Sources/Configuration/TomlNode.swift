/// One value of a TOML file, with what a message about it needs: its line and its name.
struct TomlNode {
    enum Value {
        /// In the order of the file.
        case table([(key: String, node: TomlNode)])
        case array([TomlNode])
        case string(String)
        case integer(Int)
        case float(Double)
        case boolean(Bool)
        case time
    }

    let value: Value
    /// From 1. In a table the line of the key, in an array that of the value.
    let line: Int
    let path: TomlPath

    /// How a message names the value.
    var subject: String { path.description }

    /// What the value is, with its article, for "must be ..., not ...". Never the value itself.
    var kind: String {
        switch value {
        case .table: "a table"
        case .array: "an array"
        case .string: "a string"
        case .integer: "an integer"
        case .float: "a float"
        case .boolean: "a boolean"
        case .time: "a date or time"
        }
    }
}

/// Where a value stands: the keys from the root down to it, and its place where it is one of an array.
struct TomlPath: CustomStringConvertible {
    private(set) var keys: [String] = []
    private var places: [Int] = []

    /// The keys as a table header has them: `lanes.default`.
    var header: String { keys.map(Self.written).joined(separator: ".") }

    func key(_ name: String) -> TomlPath {
        var path = self
        path.keys.append(name)
        path.places = []
        return path
    }

    /// - Parameter index: from 0; people count from 1.
    func element(_ index: Int) -> TomlPath {
        var path = self
        path.places.append(index + 1)
        return path
    }

    /// `` `concurrency` in [lanes.default] ``, `` `spool` ``, `` value 2 of `windows` in [lanes.nightly] ``.
    var description: String {
        guard let last = keys.last else { return "the file" }
        let table = TomlPath(keys: keys.dropLast()).header
        let place = places.map { "value \($0) of " }.reversed().joined()
        return "\(place)`\(Self.written(last))`" + (table.isEmpty ? "" : " in [\(table)]")
    }

    /// A key as TOML has it: bare where that is allowed, else quoted. A control character becomes a space, so that no
    /// key can begin a line of its own in a journal.
    static func written(_ key: String) -> String {
        let isBare = key.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isBare && !key.isEmpty ? key : "\"\(printable(key))\""
    }

    /// The text with each control character replaced by a space.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}

extension TomlPath {
    private init(keys: ArraySlice<String>) {
        self.keys = Array(keys)
    }
}
