import BatchCore
import SystemPackage
import TestSupport
import Testing

@testable import Configuration

@Suite("All that is wrong with all four files is told at once")
struct WholeTests {
    @Test("in the order of files and lines, one problem a line")
    func everything() throws {
        let directory = try ScratchDirectory([
            "bobbin.toml": "[retry]\nattempts = 0\nbse = \"1s\"\n[lanes.X]\npriority = \"high\"",
            "budget.toml": "[lanes.night]\nusd = 5.0",
            "models.toml": "[routes.r]\nmodels = [\"a\"]\n[models.m]\nfree = 1\n[endpoints.e]\nurl = \"http://h\"",
            "gate.toml": "[checks]\njson_schema = \"x\"\nmust_match = \"(\"",
        ])
        let error = #expect(throws: ConfigurationError.self) { try Configuration.load(from: directory.path) }
        let places = try #require(error).description.split(separator: "\n").map {
            String($0.dropFirst(directory.path.string.count + 1).prefix { $0 != " " })
        }
        #expect(
            places == [
                "bobbin.toml:2:", "bobbin.toml:3:", "bobbin.toml:4:", "bobbin.toml:5:", "budget.toml:1:",
                "budget.toml:2:",
                "models.toml:2:", "models.toml:4:", "gate.toml:2:", "gate.toml:3:",
            ])
    }

    @Test("a file that cannot be parsed does not make others wrong")
    func noConsequences() throws {
        let found = try problems(["bobbin.toml": "[lanes.nightly\n", "budget.toml": "[lanes.nightly]\nusd = \"1\""])
        #expect(found == ["bobbin.toml:1:15: not TOML: Error while parsing table header: expected ']', saw '\\n'"])
    }

    @Test("a directory, a FIFO or a flood in a file's place is told, not read")
    func noFile() throws {
        let message = "must be a regular file of at most 1048576 bytes"
        #expect(
            try problems(["gate.toml": String(repeating: "#", count: (1 << 20) + 1)]) == ["gate.toml: \(message)"])
        let directory = try ScratchDirectory(["models.toml": goodModels])
        try directory.makeFIFO("bobbin.toml")
        let error = #expect(throws: ConfigurationError.self) { try Configuration.load(from: directory.path) }
        #expect(error?.description == "\(directory.path)/bobbin.toml: \(message)")
    }

    @Test("whatever the bytes are, the answer is a configuration or problems", arguments: UInt64(0)..<50)
    func anyBytes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            var bytes = Array(ExampleTests.models.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: at)
                default: bytes.insert(bytes.randomElement(using: &random) ?? 0, at: at)
                }
            }
            var findings = Findings(file: "models.toml")
            do throws(TomlDocument.SyntaxError) {
                let root = try TomlDocument.parse(bytes)
                let file = ModelsFile.form.read(root, &findings)
                #expect(file?.catalogue(from: "/nowhere", &findings) != nil, "seed \(seed)")
            } catch {
                #expect(error.line > 0 && error.column > 0 && !error.message.isEmpty, "seed \(seed)")
            }
            #expect(findings.problems.allSatisfy { ($0.line ?? 1) > 0 && !$0.message.isEmpty }, "seed \(seed)")
        }
    }

    @Test("one edit away from a known key, the key is proposed", arguments: UInt64(0)..<100)
    func nearest(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let known = [
            "concurrency", "shard_lines", "bad_lines", "windows", "deadline", "manifest", "priority", "settle",
        ]
        for key in known {
            var letters = Array(key)
            let at = Int.random(in: 0..<letters.count - 1, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: letters[at] = "x"
            case 1: letters.remove(at: at)
            case 2: letters.insert("x", at: at)
            default: letters.swapAt(at, at + 1)
            }
            #expect(NearestName.hint(for: String(letters), among: known) == "; did you mean `\(key)`?", "seed \(seed)")
        }
    }

    @Test("what a user may have in the spool, by uid and for all others; what one file may be")
    func limits() throws {
        let configuration = try load([
            "bobbin.toml": "[limits]\nlines = 5\nbad_lines = 2",
            "budget.toml": "[uid]\njobs = 3\n[uids.7]\nspool_bytes = 1000\nusd = \"1\"",
        ])
        #expect(configuration.limits.lines == 5 && configuration.limits.badLines == 2)
        #expect(configuration.budget.share(of: 7) == SpoolShare(bytes: 1000))
        #expect(configuration.budget.share(of: 8) == SpoolShare(jobs: 3))
    }
}
