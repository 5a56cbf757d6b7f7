import Testing

@Suite("The sample configuration shows every key")
struct SampleKeyTests {
    @Test("each key and each table stands in a sample, in force or as a comment")
    func everyKey() {
        let shown = Set(House.names(in: "Spool/config").flatMap(Self.shown))
        let keys = House.swiftFiles(below: "Sources/Configuration").flatMap(\.lines).compactMap(Self.key)
        #expect(keys.count > 100)
        for key in keys { #expect(shown.contains(key), "\(key) stands in no file of Spool/config") }
    }

    /// The name in a line of a table of keys: `Key("NAME", ...`.
    private static func key(in line: Substring) -> Substring? {
        let parts = line.split(separator: "\"", maxSplits: 2)
        return parts.count == 3 && parts[0].hasSuffix("Key(") ? parts[1] : nil
    }

    /// What stands before an equals sign, and the parts of the names of tables.
    private static func shown(in file: String) -> [Substring] {
        House.read("Spool/config/\(file)").split(separator: "\n").flatMap { line in
            let words = line.split { $0 == " " || $0 == "#" }
            let assigned = zip(words, words.dropFirst()).filter { $1 == "=" }.map(\.0)
            guard let first = words.first, first.hasPrefix("[") else { return assigned }
            return assigned + first.split { "[].".contains($0) }
        }
    }
}
