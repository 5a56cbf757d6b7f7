import Configuration
import SystemPackage
import Testing

@Suite("The configuration's directory is the option's, else the environment's, else /etc/bobbin")
struct LookupTests {
    @Test(
        "looked up",
        arguments: [
            ("conf", ["BOBBIN_CONFIG": "/other"], "conf"), (nil, ["BOBBIN_CONFIG": "/other"], "/other"),
            (nil, ["BOBBIN_CONFIG": ""], "/etc/bobbin"), (nil, [:], "/etc/bobbin"),
        ] as [(String?, [String: String], FilePath)])
    func lookup(option: String?, environment: [String: String], expected: FilePath) {
        #expect(Configuration.directory(option: option, environment: environment) == expected)
    }

    @Test("a directory that is not there is told as such, not as four absent files")
    func missing() throws {
        let directory = try ScratchDirectory(["file": ""])
        for (name, found) in [("none", "cannot be opened: No such file or directory"), ("file", "is not a directory")] {
            let path = directory.path.appending(name)
            let expected =
                "\(path): the configuration directory \(found); name another with --config DIR or $BOBBIN_CONFIG"
            let error = #expect(throws: ConfigurationError.self) { try Configuration.load(from: path) }
            #expect(error?.description == expected)
        }
    }
}
