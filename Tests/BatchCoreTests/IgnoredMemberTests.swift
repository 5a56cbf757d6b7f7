import BatchCore
import Testing

@Suite("What a model ignores is not in the key of its requests")
struct IgnoredMemberTests {
    private static let catalogue: ModelCatalogue = {
        var catalogue = Sample.catalogue
        catalogue.models["m"]?.ignoredMembers = ["trace", "é", "tag"]
        catalogue.models["dear"]?.ignoredMembers = ["tag"]
        return catalogue
    }()

    private func key(_ members: String, model: String) throws -> RequestKey {
        var reader = RequestReader(catalogue: Self.catalogue)
        return try reader.read(Array(Sample.line(Sample.chat(members, model: model)).utf8).span).key
    }

    @Test(
        "at the top of the body, however the name is written, and beside what the url ignores",
        arguments: [
            #""n":1,"trace":1"#, #""trace":{"a":[]},"n":1"#, #""n":1,"tr\u0061ce":1"#, #""\u00e9":0,"n":1"#,
            #""é":0,"tag":1,"trace":2,"user":"u","n":1"#,
        ])
    func ignored(members: String) throws {
        #expect(try key(members, model: "m") == key(#""n":1"#, model: "m"))
    }

    @Test(
        "everything else counts", arguments: [#""n":1,"Trace":1"#, #""n":1,"trac":1"#, #""n":1,"stop":{"trace":1}"#])
    func counted(members: String) throws {
        #expect(try key(members, model: "m") != key(#""n":1"#, model: "m"))
    }

    @Test("another model counts it, and a route ignores what all of its models do")
    func routes() throws {
        #expect(try key(#""n":1,"trace":1"#, model: "dear") != key(#""n":1"#, model: "dear"))
        #expect(try key(#""n":1,"trace":1"#, model: "small") != key(#""n":1"#, model: "small"))
        #expect(try key(#""n":1,"tag":1"#, model: "small") == key(#""n":1"#, model: "small"))
    }

    @Test("the key is the one of the line that states none of it, in every version of the configuration")
    func form() throws {
        #expect(try key(#""n":1,"trace":1"#, model: "m") == Sample.body(Sample.chat(#""n":1"#)).key)
    }
}
