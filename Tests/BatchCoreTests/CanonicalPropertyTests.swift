import BatchCore
import Testing

@Suite("However a value is written, its canonical form is the same, and is its own")
struct CanonicalPropertyTests {
    @Test("in any order, with any white space, escapes and spelling of numbers", arguments: UInt64(0)..<60)
    func anyWriting(seed: UInt64) throws {
        var random = JSONSeed(seed)
        for _ in 0..<5 {
            let value = JSONSample.value(depth: 4, using: &random)
            let form = Array(JSONSample.form(of: value).utf8)
            for numbers in [CanonicalJSON.Numbers.rfc8785, .exactIntegers] {
                let messy = JSONSample.messy(value, using: &random)
                #expect(try canonical(messy, numbers) == form, "seed \(seed): \(messy)")
                #expect(try canonical(form, numbers) == form, "seed \(seed)")
            }
            var json = JSONWriter()
            json.element(raw: value)
            #expect(try canonical(json.bytes) == form, "seed \(seed)")
            #expect(try JSONValue(parsing: json.bytes) == value, "seed \(seed)")
        }
    }

    @Test(
        "bytes changed at random are refused or taken, and what is taken has a form that is its own",
        arguments: UInt64(0)..<60)
    func mutations(seed: UInt64) throws {
        var random = JSONSeed(seed)
        let alphabet =
            Array("{}[],:\"\\ \n0123456789.eE+-tfnu/abcdefABCDEF\u{0}\u{1f}\u{e9}\u{20ac}\u{1f600}".utf8) + [
                0xFF, 0xED, 0xC0,
            ]
        for _ in 0..<20 {
            var text = Array(JSONSample.messy(JSONSample.value(depth: 3, using: &random), using: &random).utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0...text.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0 where place < text.count: text[place] = alphabet.randomElement(using: &random)!
                case 1 where place < text.count: text.remove(at: place)
                case 2: text.removeLast(text.count - place)
                default: text.insert(alphabet.randomElement(using: &random)!, at: place)
                }
            }
            guard refusal(text) == nil else { continue }
            for numbers in [CanonicalJSON.Numbers.rfc8785, .exactIntegers] {
                let form = try canonical(text, numbers)
                #expect(try canonical(form, numbers) == form, "seed \(seed): \(text)")
                #expect(try canonical(minified(text), numbers) == form, "seed \(seed): \(text)")
            }
            _ = try JSONValue(parsing: text)
        }
    }

    private func minified(_ text: [UInt8]) throws -> [UInt8] {
        var tape = JSONTape()
        try tape.scan(text.span)
        var out: [UInt8] = []
        CanonicalJSON.appendMinified(JSONTape.root, of: tape, in: text.span, to: &out)
        return out
    }
}
