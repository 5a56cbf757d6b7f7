import BatchCore
import SystemPackage
import Testing

@testable import Configuration

@Suite("json_schema names a file beside gate.toml, which is read and compiled with it")
struct SchemaFileTests {
    private func load(_ schema: String?) throws(ConfigurationError) -> Configuration {
        do {
            var files = ["models.toml": goodModels, "gate.toml": "[checks]\njson_schema = \"answer.json\""]
            files["answer.json"] = schema
            let directory = try ScratchDirectory(files)
            return try Configuration.load(from: directory.path)
        } catch let error as ConfigurationError { throw error } catch { fatalError("\(error)") }
    }

    @Test("it is in the policy, and looked at for a reload")
    func read() throws {
        let configuration = try load(#"{"type":"object"}"#)
        let schema = try #require(configuration.gate.standard.checks.jsonSchema)
        #expect(schema.path.hasSuffix("/answer.json"))
        #expect(configuration.namedFiles.map(\.string) == [schema.path])
    }

    @Test(
        "what is no schema is refused with the file and the reason",
        arguments: [
            (nil, "names a file that cannot be read"), ("{", "it is no JSON: column 2"),
            (#"{"type":"objekt"}"#, "answer.json, which is no JSON Schema"),
            (#"{"properties":{"a":{"pattern":"("}}}"#, "/properties/a/pattern is no regular expression"),
            (#"{"patternProperties":{"[":{}}}"#, "/patternProperties is no regular expression"),
            (#"{"$ref":"http://127.0.0.1:1/x.json"}"#, "answer.json, which is no JSON Schema"),
            (##"{"$ref":"#/definitions/none"}"##, "answer.json, which is no JSON Schema"),
            (
                #"{"items":{"unevaluatedProperties":false}}"#,
                "/items/unevaluatedProperties is a keyword of a later draft"
            ),
            (#"{"$schema":"https://json-schema.org/draft/2020-12/schema"}"#, "none of the drafts 4, 6 and 7"),
        ])
    func refused(schema: String?, said: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try load(schema) }
        let message = try #require(error).description
        #expect(
            message.contains("gate.toml:2: `json_schema` in [checks] names") && message.contains(said), "\(message)")
    }

    @Test(
        "what only looks like a pattern is none",
        arguments: [#"{"enum":[{"pattern":"("}]}"#, #"{"properties":{"pattern":{"type":"string"}}}"#])
    func taken(schema: String) throws {
        _ = try load(schema)
    }
}
