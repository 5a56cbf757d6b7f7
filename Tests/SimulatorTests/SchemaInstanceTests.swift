import BatchCore
import Testing

@testable import Simulator

@Suite("An answer to a request with a JSON Schema is an instance of it")
struct SchemaInstanceTests {
    private func answer(_ schema: String, _ prompt: String = "a") throws -> JSONValue {
        let format = #","response_format":{"type":"json_schema","json_schema":{"name":"x","schema":\#(schema)}}"#
        let answer = try SimulatorScript().answer(Ask.chat(prompt, format))
        return try JSONValue(parsing: try #require(answer.content()))
    }

    @Test("objects with all their properties, and arrays of their items")
    func structure() throws {
        let answer = try answer(
            #"{"type":"object","properties":{"name":{"type":"string","maxLength":5},"ok":{"type":"boolean"},"#
                + #""tags":{"type":"array","minItems":2,"items":{"enum":["x","y"]}},"none":{"type":"null"},"#
                + #""kind":{"const":"fixed"},"either":{"anyOf":[{"type":"integer"},{"type":"string"}]}}}"#)
        #expect(answer["name"]?.string?.count == 5)
        #expect(answer["ok"]?.bool != nil)
        #expect(answer["tags"]?.array?.count == 2)
        #expect(answer["tags"]?.array?.allSatisfy { $0.string == "x" || $0.string == "y" } == true)
        #expect(answer["none"] == .null)
        #expect(answer["kind"]?.string == "fixed")
        #expect(answer["either"]?.int != nil)
    }

    @Test("references, also a schema's to itself")
    func references() throws {
        let next = ##"{"anyOf":[{"$ref":"#/$defs/Node"},{"type":"null"}]}"##
        let node = #"{"type":"object","properties":{"value":{"type":"integer"},"next":\#(next)}}"#
        let answer = try answer(##"{"$defs":{"Node":\##(node)},"$ref":"#/$defs/Node"}"##)
        var list: JSONValue? = answer
        var length = 0
        while let node = list, node != .null {
            #expect(node["value"]?.int != nil)
            list = node["next"]
            length += 1
        }
        #expect((2...16).contains(length))
    }

    @Test("a schema that admits nothing finite ends all the same")
    func endless() throws {
        _ = try answer(
            ##"{"type":"object","properties":{"again":{"$ref":"#"},"most":{"type":"integer","maximum":-7}}}"##)
    }

    @Test("numbers within their bounds", arguments: 0..<50)
    func bounds(number: Int) throws {
        let value = try answer(#"{"type":"integer","minimum":-2,"maximum":3}"#, "\(number)").int
        #expect((-2...3).contains(try #require(value)))
    }

    @Test("the format of a response, which is wrapped once less")
    func responses() throws {
        let body =
            #"{"model":"m","input":"a","text":{"format":{"type":"json_schema","name":"x","schema":{"const":7}}}}"#
        let answer = try SimulatorScript().answer(Ask.request("/v1/responses", body))
        #expect(answer["output"]?.array?[0]["content"]?.array?[0]["text"]?.string == "7")
    }
}
