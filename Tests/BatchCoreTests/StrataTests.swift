import BatchCore
import Testing

@Suite("A line belongs to the stratum that its custom_id or its body says")
struct StratumTests {
    private func stratum(_ strata: Strata, id: String = "a", body: String = Sample.hello) throws -> Stratum {
        var reader = RequestReader(catalogue: Sample.catalogue)
        let line = Array(Sample.line(body, id: id).utf8)
        _ = try reader.read(line.span)
        return reader.stratum(of: line.span, by: strata)
    }

    private func pointer(_ text: String) throws -> Strata { .pointer(try #require(JSONPointer(text))) }

    @Test(
        "up to the first separator",
        arguments: [
            ("en-1-2", "-", "en"), ("-1", "-", ""), ("a::b", "::", "a"), ("a:b", "::", nil), ("en", "-", nil),
            (#"\u0065n-1"#, "-", "en"), ("é/1", "/", "é"), ("a-", "-", "a"), ("-", "--", nil),
        ])
    func prefix(id: String, separator: String, expected: String?) throws {
        let found = try stratum(.prefix(separator: separator), id: id)
        #expect(found == expected.map(Stratum.value) ?? .missing)
    }

    // The document of RFC 6901, section 5, as the metadata, which no request key has.
    private static let body = Sample.chat(
        #""metadata":{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8,"#
            + #""class":{"b":1.50,"a":null},"yes":true}"#)

    @Test(
        "the value at a pointer",
        arguments: [
            ("/metadata/foo/0", "bar"), ("/metadata/foo/1", "baz"), ("/metadata/", "0"), ("/metadata/a~1b", "1"),
            ("/metadata/c%d", "2"), ("/metadata/e^f", "3"), ("/metadata/g|h", "4"), (#"/metadata/i\j"#, "5"),
            (#"/metadata/k"l"#, "6"), ("/metadata/ ", "7"), ("/metadata/m~0n", "8"), ("/metadata/yes", "true"),
            ("/metadata/class", #"{"a":null,"b":1.5}"#), ("/model", "m"), ("/metadata/foo", #"["bar","baz"]"#),
            ("/messages/0/role", "user"),
        ])
    func value(text: String, expected: String) throws {
        #expect(try stratum(pointer(text), body: Self.body) == .value(expected))
    }

    @Test(
        "no such value is a stratum of its own, and another than null or nothing",
        arguments: ["/class", "/metadata/foo/2", "/metadata/foo/00", "/metadata/foo/-", "/metadata/yes/0", "/model/m"])
    func missing(text: String) throws {
        #expect(try stratum(pointer(text), body: Self.body) == .missing)
        #expect(try stratum(pointer("/metadata/x"), body: Sample.chat(#""metadata":{"x":null}"#)) == .value("null"))
        #expect(try stratum(pointer("/metadata/x"), body: Sample.chat(#""metadata":{"x":""}"#)) == .value(""))
    }

    @Test("what is no pointer", arguments: ["a", "metadata/a", "/a~", "/a~2", "#/a"])
    func notAPointer(text: String) {
        #expect(JSONPointer(text) == nil)
    }

    @Test("a pointer prints as it was written", arguments: ["", "/", "/a~1b/m~0n", "/messages/0", "//"])
    func printed(text: String) {
        #expect(JSONPointer(text)?.description == text)
    }

    @Test("long values are cut and stay apart")
    func long() throws {
        let (one, other) = (String(repeating: "x", count: 200) + "1-", String(repeating: "x", count: 200) + "2-")
        let strata = Strata.prefix(separator: "-")
        let found = try stratum(strata, id: one)
        #expect(try found != stratum(strata, id: other) && found == stratum(strata, id: one + "7"))
        #expect(found.description.count < 110)
    }
}

@Suite("Strata have shards and canaries of their own")
struct StrataPlanTests {
    private let kind = RequestKind(url: .chatCompletions, model: "m")

    private func plan(_ strata: [Stratum?], canary: Int = 1, lines perShard: Int = 100) -> ShardPlan {
        var planner = ShardPlanner(limits: .init(lines: perShard, cost: Cap(), canaryLines: canary))
        for (index, stratum) in strata.enumerated() {
            planner.add(
                ShardPlanner.Line(
                    number: index + 1, kind: kind, stratum: stratum, bytes: 10, worstCase: .zero, disposition: .fresh))
        }
        return planner.finish()
    }

    @Test("a canary for each, then the rest of each")
    func canaries() {
        let (a, b) = (Stratum.value("a"), Stratum.value("b"))
        let shards = plan([a, b, a, .missing, b, a, nil, nil]).shards
        #expect(shards.map(\.role) == [.canary, .canary, .canary, .canary, .regular, .regular, .regular])
        #expect(shards.map(\.stratum) == [a, b, .missing, nil, a, b, nil])
        #expect(shards.map(\.lines) == [[1], [2], [4], [7], [3, 6], [5], [8]])
    }

    @Test("beyond a thousand, the rest shares one")
    func limit() {
        let many = (0..<ShardPlanner.strataLimit + 20).map { Stratum.value("\($0)") }
        let shards = plan(many + many, canary: 0).shards
        #expect(shards.count == ShardPlanner.strataLimit + 1)
        #expect(shards.filter { $0.stratum == .shared }.map(\.lines.count) == [40])
        #expect(shards.dropLast().allSatisfy { $0.lines.count == 2 })
    }

    @Test("plan.json keeps them")
    func record() {
        let whole = plan([.value("a \"b\""), .missing, .shared, nil, .value("null"), .value("")])
        #expect(ShardPlan(record: whole.record) == whole)
        let text = String(decoding: whole.record, as: UTF8.self)
        for (part, other) in [
            (#""stratum":null"#, #""stratum":1"#), (#""stratum_shared":true"#, #""stratum_shared":1"#),
        ] {
            let pieces = text.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false)
            #expect(pieces.count == 2)
            #expect(ShardPlan(record: Array(pieces.joined(separator: other).utf8)) == nil)
        }
    }
}
