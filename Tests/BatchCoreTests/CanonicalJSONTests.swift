import BatchCore
import Testing

@Suite("A JSON text has one canonical form: that of RFC 8785")
struct CanonicalJSONTests {
    @Test("the example of section 3.2.2: numbers, escapes and literals")
    func sectionThree() throws {
        let text = #"""
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """#
        let form = #"""
            {"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}
            """#
        #expect(try canonical(text).utf8.elementsEqual(form.utf8))
    }

    @Test("members stand by UTF-16 code units, not by bytes or scalars (section 3.2.3)")
    func utf16Order() throws {
        let text = #"""
            {"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
             "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}
            """#
        let form =
            #"{"\r":"Carriage Return","1":"One",""# + "\u{80}"
            + #"":"Control","ö":"Latin Small Letter O With Diaeresis","#
            + #""€":"Euro Sign","😀":"Emoji: Grinning Face",""# + "\u{fb33}" + #"":"Hebrew Letter Dalet With Dagesh"}"#
        #expect(try canonical(text).utf8.elementsEqual(form.utf8))
        #expect(try canonical(form).utf8.elementsEqual(form.utf8))
    }
}
