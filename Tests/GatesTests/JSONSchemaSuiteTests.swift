import BatchCore
import Gates
import Glibc
import Testing

@Suite("json_schema passes the official test suite of drafts 4, 6 and 7 but for a list of cases, each with its reason")
struct JSONSchemaSuiteTests {
    /// Of the Debian package json-schema-test-suite, which `Tests/run` installs.
    private static let suite = "/usr/share/json-schema-test-suite/tests"

    @Test(
        "what fails is exactly the list, optional cases and formats too", .enabled(if: access(suite, R_OK) == 0),
        arguments: ["draft4", "draft6", "draft7"])
    func draft(_ draft: String) throws {
        var failures: [String] = []
        var passed = 0
        for file in files(below: draft) {
            let text = try #require(read("\(Self.suite)/\(file)"))
            var tape = JSONTape()
            try tape.scan(text.span)
            for group in tape.elements(JSONTape.root) {
                let title = string("description", of: group, tape, text)
                let schema = try #require(member("schema", of: group, tape, text))
                let gate = gate(Array(text[tape.bytes(schema)]), draft)
                for test in tape.elements(try #require(member("tests", of: group, tape, text))) {
                    let data = try #require(member("data", of: test, tape, text))
                    let valid = try #require(member("valid", of: test, tape, text))
                    let found = gate.map { isAccepted(String(decoding: text[tape.bytes(data)], as: UTF8.self), by: $0) }
                    if found == (tape.kind(valid) == .true) {
                        passed += 1
                    } else {
                        failures.append("\(file): \(title): \(string("description", of: test, tape, text))")
                    }
                }
            }
        }
        print("JSON Schema test suite, \(draft): \(passed) of \(passed + failures.count) cases pass")
        let known = try knownFailures().filter { $0.hasPrefix(draft + "/") }
        #expect(Set(failures).subtracting(known).sorted() == [], "these fail and are not on the list")
        #expect(known.subtracting(failures).sorted() == [], "these are on the list and pass")
    }

    /// Lines of Tests/JSONSchema/failures.txt; a reason begins with #.
    private func knownFailures() throws -> Set<String> {
        let here = "/GatesTests/JSONSchemaSuiteTests.swift"
        let list = try #require(read(#filePath.dropLast(here.count) + "/JSONSchema/failures.txt"))
        let lines = String(decoding: list, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
        return Set(lines.map(String.init))
    }

    private func gate(_ schema: [UInt8], _ draft: String) -> Gate? {
        // The cases do not name their draft; only draft 4 differs from the one that is taken then.
        var text = schema
        if draft == "draft4", text.first == UInt8(ascii: "{") {
            let isEmpty = text.dropFirst().first { $0 > 32 } == UInt8(ascii: "}")
            let name = #""$schema":"http://json-schema.org/draft-04/schema#""# + (isEmpty ? "" : ",")
            if !String(decoding: text, as: UTF8.self).contains("\"$schema\"") {
                text.insert(contentsOf: name.utf8, at: 1)
            }
        }
        var policy = GatePolicy()
        do {
            policy.checks.jsonSchema = SchemaFile(path: "schema", schema: try JSONSchema(text.span, strictly: true))
            return try Gate(policy)
        } catch { return nil }
    }

    private func isAccepted(_ text: String, by gate: Gate) -> Bool {
        let answer = ParsedAnswer(choices: [.init(finishReason: "stop", text: text)])
        return gate.inspect(Inspected(answer, url: .chatCompletions), by: "m") == nil
    }

    private func member(_ name: String, of node: Int, _ tape: JSONTape, _ text: [UInt8]) -> Int? {
        tape.member(named: name, of: node, in: text.span)
    }

    private func string(_ name: String, of node: Int, _ tape: JSONTape, _ text: [UInt8]) -> String {
        member(name, of: node, tape, text).flatMap { tape.string($0, in: text.span) } ?? ""
    }

    private func files(below folder: String) -> [String] {
        guard let directory = opendir("\(Self.suite)/\(folder)") else { return [] }
        defer { closedir(directory) }
        var files: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") { continue }
            files += name.hasSuffix(".json") ? ["\(folder)/\(name)"] : self.files(below: "\(folder)/\(name)")
        }
        return files.sorted()
    }

    private func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }
}
