import BatchCore

/// Arbitrary bytes through the scanner. What is taken has a canonical form that is JSON, is its own canonical form, and
/// is that of every other writing of the same text; what is refused is refused within the text.
@main
enum FuzzJSON {
    /// libFuzzer has its own.
    static func main() {}

    static func check(_ text: [UInt8]) {
        var tape = JSONTape()
        do { try tape.scan(text.span) } catch {
            precondition(0...text.count ~= error.offset, "a fault beyond the text")
            return
        }
        let form = canonical(text, .rfc8785)
        precondition(canonical(form, .rfc8785) == form, "canonical form is not its own")
        let exact = canonical(text, .exactIntegers)
        precondition(canonical(exact, .exactIntegers) == exact, "the form of keys is not its own")
        precondition(canonical(exact, .rfc8785) == form, "the form of keys is another value")
        precondition(isWithoutSpace(form) && form.count <= text.count + tape.numbersBound, "longer than it should be")

        var minified: [UInt8] = []
        CanonicalJSON.appendMinified(JSONTape.root, of: tape, in: text.span, to: &minified)
        precondition(minified.count <= text.count, "minified is longer")
        precondition(canonical(minified, .rfc8785) == form, "minified is another value")

        var written = JSONWriter()
        written.element(raw: JSONValue(JSONTape.root, of: tape, in: text.span))
        precondition(canonical(written.bytes, .rfc8785) == form, "read and written again is another value")

        guard tape.kind(JSONTape.root) == .object else { return }
        var left: [UInt8] = []
        let leftOut = [
            tape.member("a", of: JSONTape.root, in: text.span), tape.member("user", of: JSONTape.root, in: text.span),
        ].compactMap { $0 }
        CanonicalJSON.append(
            JSONTape.root, of: tape, in: text.span, numbers: .rfc8785, leavingOut: leftOut, to: &left)
        var short = JSONTape()
        do { try short.scan(left.span) } catch { preconditionFailure("left-out members leave no JSON: \(error)") }
        let gone = ["a", "user"].filter { tape.member(named: $0, of: JSONTape.root, in: text.span) != nil }.count
        precondition(short.count(JSONTape.root) == tape.count(JSONTape.root) - gone, "other members left out")
    }

    /// The form of what must be JSON.
    static func canonical(_ text: [UInt8], _ numbers: CanonicalJSON.Numbers) -> [UInt8] {
        var tape = JSONTape()
        do { try tape.scan(text.span) } catch { preconditionFailure("what we wrote is refused: \(error)") }
        var form: [UInt8] = []
        CanonicalJSON.append(JSONTape.root, of: tape, in: text.span, numbers: numbers, to: &form)
        return form
    }

    static func isWithoutSpace(_ form: [UInt8]) -> Bool {
        var inString = false
        var at = 0
        while at < form.count {
            if inString, form[at] == UInt8(ascii: "\\") {
                at += 1
            } else if form[at] == UInt8(ascii: "\"") {
                inString.toggle()
            } else if !inString, form[at] <= 0x20 {
                return false
            }
            at += 1
        }
        return true
    }
}

extension FuzzJSON {
    /// Texts one after another, each twice, as lines of a file are read: what is found in each is what it is alone.
    static func checkRow(_ texts: [[UInt8]]) {
        var alike = AlikeTexts()
        var tape = JSONTape()
        var canonical: (form: Int, canonical: CanonicalForm)?
        for text in texts + texts.flatMap({ [$0, $0] }) {
            var alone = JSONTape()
            var fault: JSONError?
            do throws(JSONError) { try alone.scan(text.span) } catch { fault = error }
            do throws(JSONError) { try alike.scan(text.span, into: &tape) } catch {
                precondition(error == fault, "another fault than alone")
                continue
            }
            precondition(fault == nil, "taken, and alone it is refused")
            let value = JSONValue(JSONTape.root, of: tape, in: text.span)
            precondition(value == JSONValue(JSONTape.root, of: alone, in: text.span), "another value than alone")
            let expected = Self.canonical(text, .exactIntegers)
            var walked: [UInt8] = []
            CanonicalJSON.append(JSONTape.root, of: tape, in: text.span, numbers: .exactIntegers, to: &walked)
            precondition(walked == expected, "another form than alone")
            if canonical?.form != alike.form {
                let form = CanonicalForm(
                    of: JSONTape.root, tape, in: text.span, of: alike, numbers: .exactIntegers, leavingOut: [],
                    prefix: [])
                canonical = (alike.form, form)
            }
            var copied: [UInt8] = []
            canonical?.canonical.append(tape, in: text.span, to: &copied)
            precondition(copied == expected, "another form than that of texts alike")
        }
    }
}

/// libFuzzer calls it for each try, and looks for a failed precondition.
@_cdecl("LLVMFuzzerTestOneInput")
package func tryOne(_ bytes: UnsafePointer<UInt8>?, _ length: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: length))
    FuzzJSON.check(input)
    // A byte that is in no JSON text parts those that come one after another; else the second is the first with its
    // last byte that could be of a value exchanged.
    var texts = input.split(separator: 0xFF).map { Array($0) }
    if texts.count == 1, let place = texts[0].lastIndex(where: { $0 | 0x20 != 0x20 && !"{}[],:".utf8.contains($0) }) {
        texts.append(texts[0])
        texts[1][place] ^= 1
    }
    FuzzJSON.checkRow(texts)
    return 0
}

extension JSONTape {
    /// How much longer numbers can become: 25 characters each, of which none is shorter than one.
    fileprivate var numbersBound: Int { reformedNumbers * 24 }
    private var reformedNumbers: Int { numbers(JSONTape.root) }

    private func numbers(_ node: Int) -> Int {
        switch kind(node) {
        case .number: 1
        case .array: elements(node).reduce(0) { $0 + numbers($1) }
        case .object: members(node).reduce(0) { $0 + numbers($1.value) }
        default: 0
        }
    }
}
