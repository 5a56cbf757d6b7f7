import Testing

@Suite("What the READMEs name is there")
struct ReadmeTests {
    private static let targets = House.levels.keys.sorted()

    @Test("the architecture is one page")
    func onePage() {
        let lines = House.read("Sources/README.md").split(separator: "\n", omittingEmptySubsequences: false)
        #expect(1...100 ~= lines.count)
        for line in lines { #expect(line.count <= 120, "\(line)") }
    }

    @Test("each target tells what a reader finds there, and the page leads to it", arguments: targets)
    func eachHasOne(target: String) {
        #expect(House.read("Sources/\(target)/README.md").hasPrefix("# \(target): "))
        #expect(House.read("Sources/README.md").contains("\n| `\(target)` | "))
    }

    @Test("a path in them leads somewhere", arguments: targets + [""])
    func paths(target: String) {
        let own = target.isEmpty ? "Sources" : "Sources/\(target)"
        for name in Self.quoted(in: "\(own)/README.md") where name.contains("/") {
            let first = String(name.split(separator: "/")[0])
            let places = ["Sources/", "\(own)/", ""].filter { !House.names(in: $0 + first).isEmpty }
            guard !places.isEmpty, !first.isEmpty, first.allSatisfy({ $0.isLetter || $0 == "-" }) else { continue }
            #expect(places.contains { Self.exists($0 + name) }, "\(own)/README.md: \(name)")
        }
    }

    @Test("a type in them is one of ours", arguments: targets + [""])
    func types(target: String) {
        let own = target.isEmpty ? "Sources" : "Sources/\(target)"
        for name in Self.quoted(in: "\(own)/README.md") where Self.isType(name) {
            #expect(Self.words.contains(String(name)), "\(own)/README.md: \(name)")
        }
    }

    @Test("a link leads to a file, and to a heading of it", arguments: ["", "Spool/", "Systemd/", "Tests/"])
    func links(folder: String) {
        for link in House.read("\(folder)README.md").split(separator: "](").dropFirst() {
            let parts = link.prefix { $0 != ")" }.split(separator: "#", maxSplits: 1)
            guard let path = parts.first, !path.contains(":") else { continue }
            let place = path.hasPrefix("../") ? String(path.dropFirst(3)) : folder + path
            #expect(Self.exists(place), "\(folder)README.md: \(path)")
            guard parts.count == 2 else { continue }
            let headings = House.read(place).split(separator: "\n").filter { $0.hasPrefix("## ") }
                .map { String($0.dropFirst(3).lowercased().map { $0 == " " ? "-" : $0 }) }
            #expect(headings.contains(String(parts[1])), "\(folder)README.md: \(path)#\(parts[1])")
        }
    }

    /// Every word of the Swift sources, and the names of their files.
    private static let words = House.swiftFiles(below: "Sources").reduce(into: Set(["TidyTests"])) { words, file in
        for text in file.lines + [file.path[...]] {
            words.formUnion(text.utf8.split { !Self.isOfWord($0) }.map { String(Substring($0)) })
        }
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// What stands between backticks.
    private static func quoted(in path: String) -> [Substring] {
        House.read(path).split(separator: "\n").filter { !$0.hasPrefix("```") }.flatMap { line in
            line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map(\.element)
        }
    }

    private static func isType(_ name: Substring) -> Bool {
        name.first?.isUppercase == true && name.contains { $0.isLowercase }
            && name.utf8.allSatisfy(isOfWord)
    }

    /// A file, a Swift file without its ending, or a directory.
    private static func exists(_ path: String) -> Bool {
        let directory = path.hasSuffix("/") ? String(path.dropLast()) : path
        return !House.names(in: directory).isEmpty || !House.read(path).isEmpty || !House.read("\(path).swift").isEmpty
    }
}
