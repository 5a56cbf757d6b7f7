import Configuration
import Testing

@Suite("A change of any of the four files is seen, and nothing else is")
struct StampTests {
    private static let names = ["bobbin.toml", "budget.toml", "models.toml", "gate.toml"]

    @Test("nothing changed, or another file did")
    func unchanged() throws {
        let directory = try ScratchDirectory(["bobbin.toml": "", "models.toml": goodModels])
        let before = ConfigurationStamp(of: directory.path)
        try directory.write("x", to: "notes.txt")
        _ = try Configuration.load(from: directory.path)
        let after = ConfigurationStamp(of: directory.path)
        #expect(!after.isChanged(since: before))
        #expect(after.changedFiles(since: before) == [])
    }

    @Test("added, grown, replaced by rename, removed", arguments: names)
    func changed(name: String) throws {
        let directory = try ScratchDirectory()
        var last = ConfigurationStamp(of: directory.path)
        func expectChange(_ what: String) {
            let now = ConfigurationStamp(of: directory.path)
            #expect(now.isChanged(since: last), "\(name) \(what)")
            #expect(now.changedFiles(since: last) == [name], "\(name) \(what)")
            last = now
        }
        try directory.write("# a", to: name)
        expectChange("added")
        try directory.write("# ab", to: name)
        expectChange("grown")
        try directory.datesBack(name)
        last = ConfigurationStamp(of: directory.path)
        try directory.write("# cd", to: "\(name).new")
        try directory.datesBack("\(name).new")
        try directory.rename("\(name).new", to: name)
        expectChange("replaced by a file of the same length and time")
        try directory.remove(name)
        expectChange("removed")
    }
}
