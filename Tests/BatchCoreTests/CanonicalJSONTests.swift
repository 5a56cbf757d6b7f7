import BatchCore
import Testing

@Suite("A JSON text has one canonical form: that of RFC 8785")
struct CanonicalJSONTests {
    /// The samples that come with RFC 8785, by the names they have there.
    static let samples: [(name: String, text: String, form: String)] = [
        (
            "arrays",
            #"[ 56, { "d": true, "10": null, "1": [ ] } ]"#,
            #"[56,{"1":[],"10":null,"d":true}]"#
        ),
        (
            "french",
            #"{"peach": "This sorting order", "p\#u{e9}ch\#u{e9}": "is wrong according to French", "#
                + #""p\#u{ea}che": "but canonicalization MUST", "sin":   "ignore locale"}"#,
            #"{"peach":"This sorting order","p\#u{e9}ch\#u{e9}":"is wrong according to French","#
                + #""p\#u{ea}che":"but canonicalization MUST","sin":"ignore locale"}"#
        ),
        (
            "structures",
            """
            {
              "1": {"f": {"f": "hi","F": 5} ,"\\n": 56.0},
              "10": { },
              "": "empty",
              "a": { },
              "111": [ {"e": "yes","E": "no" } ],
              "A": { }
            }
            """,
            #"{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}"#
        ),
        (
            "unicode: nothing is normalised",
            #"{"Unnormalized Unicode":"A\u030a"}"#,
            #"{"Unnormalized Unicode":"A\#u{30a}"}"#
        ),
        (
            "values (section 3.2.2)",
            #"""
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """#,
            #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
                + #""string":"\#u{20ac}$\u000f\nA'B\"\\\\\"/"}"#
        ),
        (
            "weird: members stand by UTF-16 code units, not by bytes or scalars (section 3.2.3)",
            #"""
            {
              "\u20ac": "Euro Sign",
              "\r": "Carriage Return",
              "\u000a": "Newline",
              "1": "One",
              "\u0080": "Control\u007f",
              "\ud83d\ude02": "Smiley",
              "\u00f6": "Latin Small Letter O With Diaeresis",
              "\ufb33": "Hebrew Letter Dalet With Dagesh",
              "</script>": "Browser Challenge"
            }
            """#,
            #"{"\n":"Newline","\r":"Carriage Return","1":"One","</script>":"Browser Challenge","#
                + #""\#u{80}":"Control\#u{7f}","\#u{f6}":"Latin Small Letter O With Diaeresis","\#u{20ac}":"Euro Sign","#
                + #""\#u{1f602}":"Smiley","\#u{fb33}":"Hebrew Letter Dalet With Dagesh"}"#
        ),
    ]

    @Test("the samples of the RFC", arguments: samples)
    func sample(name: String, text: String, form: String) throws {
        #expect(try canonical(text) == Array(form.utf8), "\(name)")
        #expect(try canonical(form) == Array(form.utf8), "\(name), again")
    }

    @Test("raw names sort like escaped ones, where bytes and UTF-16 disagree beyond the first eight bytes too")
    func rawOrder() throws {
        let (dalet, smiley) = ("\u{fb33}", "\u{1f602}")
        for prefix in ["", "a", "seven77", "eight888", "a prefix of more than eight bytes"] {
            let form = #"{"\#(prefix)\#(smiley)":1,"\#(prefix)\#(dalet)":2}"#
            #expect(try canonical(#"{"\#(prefix)\#(dalet)":2,"\#(prefix)\#(smiley)":1}"#) == Array(form.utf8))
            #expect(try canonical(#"{"\#(prefix)\ufb33":2,"\#(prefix)\#(smiley)":1}"#) == Array(form.utf8))
            #expect(try canonical(#"{"\#(prefix)\#(dalet)":2,"\#(prefix)\ud83d\ude02":1}"#) == Array(form.utf8))
        }
    }

    @Test("a name sorts before those that it begins")
    func prefixes() throws {
        let form = #"{"":0,"a":1,"a\u0000":2,"eight888":3,"eight8889":4,"eight88890":5}"#
        let text = #"{"eight88890":5,"a\u0000":2,"eight8889":4,"a":1,"eight888":3,"":0}"#
        #expect(try canonical(text) == Array(form.utf8))
    }

    @Test("more members than the stack takes are sorted as well")
    func manyMembers() throws {
        let names = (100..<400).map { "name \($0)" }
        func object(_ names: [String]) -> String { "{" + names.map { "\"\($0)\":{}" }.joined(separator: ",") + "}" }
        #expect(try canonical(object(names.reversed())) == Array(object(names).utf8))
        #expect(try canonical(object(names)) == Array(object(names).utf8))
    }

    @Test("only what RFC 8785 escapes is escaped")
    func escapes() throws {
        let text = #"["\u0008\u0009\u000A\u000c\u000D","\u0000\u001F\u001f\u007F\/\u2028","\b\t\n\f\r\"\\"]"#
        let form = #"["\b\t\n\f\r","\u0000\u001f\u001f\#u{7f}/\#u{2028}","\b\t\n\f\r\"\\"]"#
        #expect(try canonical(text) == Array(form.utf8))
    }

    @Test("members that are left out are left out, and leave a whole object behind", arguments: [true, false])
    func leavingOut(isCanonical: Bool) throws {
        let text = Array((isCanonical ? #"{"a":1,"user":"u"}"# : #"{ "user": "u", "a": 1 }"#).utf8)
        var tape = JSONTape()
        try tape.scan(text.span)
        let members = (
            user: tape.member("user", of: JSONTape.root, in: text.span),
            a: tape.member("a", of: JSONTape.root, in: text.span)
        )
        let user = try #require(members.user)
        let a = try #require(members.a)
        for (values, form) in [([], #"{"a":1,"user":"u"}"#), ([user], #"{"a":1}"#), ([user, a], "{}")] {
            var out = Array("before:".utf8)
            CanonicalJSON.append(
                JSONTape.root, of: tape, in: text.span, numbers: .rfc8785, leavingOut: values, to: &out)
            #expect(String(decoding: out, as: UTF8.self) == "before:" + form)
        }
    }

    @Test("a part of a text has its own form")
    func subtree() throws {
        let text = Array(#"{"url": "/v1", "body": {"b": 1.0, "a": "\u0041"}}"#.utf8)
        var tape = JSONTape()
        try tape.scan(text.span)
        let body = try found(tape.member("body", of: JSONTape.root, in: text.span))
        var out: [UInt8] = []
        CanonicalJSON.append(body, of: tape, in: text.span, numbers: .rfc8785, to: &out)
        #expect(out == Array(#"{"a":"A","b":1}"#.utf8))
    }

    @Test("minified: order, numbers and escapes stand, white space between tokens goes")
    func minified() throws {
        let text = Array(" { \"b\" : [ 1.0 , -0 , 1E2 , { } , [ ] ] ,\r\n\t\"a\" : \"\\u0041 \\/  x\" } \n".utf8)
        var tape = JSONTape()
        try tape.scan(text.span)
        var out: [UInt8] = []
        CanonicalJSON.appendMinified(JSONTape.root, of: tape, in: text.span, to: &out)
        #expect(String(decoding: out, as: UTF8.self) == #"{"b":[1.0,-0,1E2,{},[]],"a":"\u0041 \/  x"}"#)
    }
}
