import BatchCore
import Testing

@Suite("A line says whether its answer is one of many, and by a hash what it is called")
struct SampledRequestTests {
    @Test(
        "sampled is what has no seed and a temperature above 0, or none",
        arguments: [
            (#""n":1"#, true), (#""temperature":1"#, true), (#""temperature":null"#, true),
            (#""temperature":"0""#, true), (#""temperature":1e-300"#, true), (#""seed":null"#, true),
            (#""seed":null,"temperature":0.7"#, true), (#""temperature":0"#, false), (#""temperature":0.0"#, false),
            (#""temperature":-0"#, false), (#""temperature":0e5"#, false), (#""seed":0"#, false),
            (#""seed":7,"temperature":2"#, false), (#""s\u0065ed":7"#, false), (#""n":2,"stop":{"seed":7}"#, true),
        ])
    func sampled(members: String, isSampled: Bool) throws {
        #expect(try Sample.body(Sample.chat(members)).isSampled == isSampled)
    }

    @Test("an embedding is never sampled, the other answers are")
    func urls() throws {
        let body = #"{"model":"m","input":"a","prompt":"a"}"#
        #expect(try !Sample.body(body, url: "/v1/embeddings").isSampled)
        #expect(try Sample.body(body, url: "/v1/completions").isSampled)
        #expect(try Sample.body(body, url: "/v1/responses").isSampled)
    }

    @Test(
        "the hash of a custom_id is FNV-1a of its characters, escaped or not",
        arguments: [
            ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8),
            ("f\\u006fob\\u0061r", 0x8594_4171_F739_67E8),
        ] as [(String, UInt64)])
    func hash(id: String, hash: UInt64) throws {
        #expect(try Sample.read(Sample.line(Sample.hello, id: id)).customIDHash == hash)
    }

    @Test("characters of any length are hashed as they are read")
    func escapedHash() throws {
        let plain = try Sample.read(Sample.line(Sample.hello, id: "é東😀\\n")).customIDHash
        let escaped = Sample.line(Sample.hello, id: "\\u00e9\\u6771\\ud83d\\ude00\\u000a")
        #expect(try Sample.read(escaped).customIDHash == plain)
    }
}
