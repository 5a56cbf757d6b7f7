import BatchCore
import Gates
import Testing

@Suite("Patterns, schemas and answers that are made to hang or overflow end in a verdict")
struct HostileCheckTests {
    private func defect(_ text: String, schema: String) throws -> String? {
        var policy = GatePolicy()
        let schema = try JSONSchema(Array(schema.utf8).span, strictly: false)
        policy.checks.jsonSchema = SchemaFile(path: "schema", schema: schema)
        return try defect(text, policy)
    }

    private func defect(_ text: String, _ policy: GatePolicy) throws -> String? {
        let answer = ParsedAnswer(choices: [.init(finishReason: "stop", text: text)])
        return try Gate(policy).inspect(Inspected(answer, url: .chatCompletions), by: "m")?.description
    }

    @Test("a pattern that backtracks without end")
    func backtracking() throws {
        let bait = String(repeating: "a", count: 40) + "!"
        var policy = GatePolicy()
        policy.checks.mustMatch = ["^(a+)+$"]
        #expect(try defect(bait, policy) == "must_match: its text takes too long to match ^(a+)+$")
        let said = try defect("\"\(bait)\"", schema: #"{"pattern":"^(a+)+$"}"#)
        #expect(said == "json_schema: it takes too long to compare it with the schema")
    }

    @Test("a million steps, not ten: twice as many for each letter more")
    func steps() throws {
        var policy = GatePolicy()
        policy.checks.mustMatch = ["^(a+)+$"]
        func said(_ letters: Int) throws -> String? { try defect(String(repeating: "a", count: letters) + "!", policy) }
        #expect(try said(17) == "must_match: its text does not match ^(a+)+$")
        #expect(try said(20) == "must_match: its text takes too long to match ^(a+)+$")
    }

    @Test("a pattern over a megabyte, on which std::regex overflows its stack")
    func longString() throws {
        let long = String(repeating: "a", count: 1 << 20)
        #expect(try defect("\"\(long)\"", schema: #"{"pattern":"^(a|b)*$"}"#) != "")
        #expect(try defect("\"\(long)\"", schema: #"{"pattern":"^[ab]*$"}"#) == nil)
        #expect(
            try defect("\"\(String(repeating: "1", count: 1 << 20))\"", schema: #"{"format":"date"}"#)
                == "json_schema: the whole breaks format")
    }

    @Test(
        "schemas that refer to themselves without end are refused",
        arguments: [
            ##"{"$ref":"#"}"##,
            ##"{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}"##,
        ])
    func endless(schema: String) {
        #expect(throws: JSONSchemaError.self) { try JSONSchema(Array(schema.utf8).span, strictly: false) }
    }

    @Test("a schema that looks at the same value without end, or two to the thirtieth times")
    func explosion() throws {
        let round = ##"{"allOf":[{"$ref":"#"}]}"##
        #expect(try defect("1", schema: round) == "json_schema: it takes too long to compare it with the schema")
        let doubling = (0..<30).map {
            ##""d\##($0)":{"allOf":[{"$ref":"#/definitions/d\##($0 + 1)"},{"$ref":"#/definitions/d\##($0 + 1)"}]}"##
        }
        let schema = ##"{"$ref":"#/definitions/d0","definitions":{\##(doubling.joined(separator: ",")),"d30":{}}}"##
        #expect(try defect("1", schema: schema) == "json_schema: it takes too long to compare it with the schema")
    }

    @Test("a value as deep as JSON may be, against a schema that follows it")
    func deep() throws {
        let depth = JSONTape.depthLimit - 1
        let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let said = try defect(text, schema: ##"{"items":{"$ref":"#"}}"##)
        #expect(said == nil || said == "json_schema: it takes too long to compare it with the schema")
    }

    @Test("uniqueItems of very many items gives up")
    func unique() throws {
        let items = (0..<20_000).map(String.init).joined(separator: ",")
        #expect(
            try defect("[\(items)]", schema: #"{"uniqueItems":true}"#)
                == "json_schema: it takes too long to compare it with the schema")
        #expect(try defect("[1,2,1]", schema: #"{"uniqueItems":true}"#) == "json_schema: the whole breaks uniqueItems")
    }

    @Test("a string is as long as it is, whatever stands in it")
    func lengths() throws {
        let schema = #"{"minLength":3,"maxLength":4}"#
        #expect(try defect(#""\u0000äö""#, schema: schema) == nil)
        #expect(try defect(#""a\u0000""#, schema: schema) == "json_schema: the whole breaks minLength")
        #expect(try defect(#""a\u0000bcd""#, schema: schema) == "json_schema: the whole breaks maxLength")
        #expect(try defect(#""äöü€😀""#, schema: schema) == "json_schema: the whole breaks maxLength")
    }

    @Test("numbers beyond 64 bits are compared as doubles")
    func numbers() throws {
        #expect(try defect("98249283749234923498293171823948729348710298301928331", schema: #"{"minimum":1}"#) == nil)
        #expect(try defect("1e300", schema: #"{"maximum":10}"#) == "json_schema: the whole breaks maximum")
    }

    @Test("no text of the answer stands in a reason, not even as a member's name")
    func quiet() throws {
        let schema = #"{"properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"integer"}}"#
        #expect(try defect(#"{"secret":"secret"}"#, schema: schema) == "json_schema: /* breaks type")
        #expect(try defect(#"{"a":"secret"}"#, schema: schema) == "json_schema: /a breaks type")
        let closed = #"{"additionalProperties":false}"#
        #expect(try defect(#"{"secret":"secret"}"#, schema: closed)?.contains("secret") == false)
        var policy = GatePolicy()
        policy.checks.json = true
        #expect(try defect(#"{"secret":1,"secret":2}"#, policy)?.contains("secret") == false)
    }
}
