extension JSONTape {
    /// The string with its escapes undone; nil if `node` is no string.
    package func string(_ node: Int, in text: Span<UInt8>) -> String? {
        guard nodes[node].kind == .string else { return nil }
        var bytes: [UInt8] = []
        appendString(node, in: text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the UTF-8 of a string with its escapes undone. `node` must be a string.
    package func appendString(_ node: Int, in text: Span<UInt8>, to out: inout [UInt8]) {
        let string = nodes[node]
        precondition(string.kind == .string, "only a string can be unescaped")
        guard string.isEscaped else { return out.append(copying: string.content, of: text) }
        var at = string.content.lowerBound
        while at < string.content.upperBound {
            let run = at
            while at < string.content.upperBound, text[at] != UInt8(ascii: "\\") { at += 1 }
            out.append(copying: run..<at, of: text)
            if at < string.content.upperBound { JSONEscape.appendUTF8(JSONEscape.scalar(text, at: &at), to: &out) }
        }
    }

    func isString(_ node: Int, equalTo name: StaticString, in text: Span<UInt8>) -> Bool {
        guard nodes[node].isEscaped else { return equal(nodes[node].content, in: text, to: name) }
        var bytes: [UInt8] = []
        appendString(node, in: text, to: &bytes)
        return equal(bytes.indices, in: bytes.span, to: name)
    }

    func isString(_ node: Int, equalTo name: String, in text: Span<UInt8>) -> Bool {
        guard nodes[node].isEscaped else {
            return nodes[node].content.count == name.utf8.count
                && zip(nodes[node].content, name.utf8).allSatisfy { text[$0] == $1 }
        }
        return string(node, in: text).map { $0.utf8.elementsEqual(name.utf8) } ?? false
    }

    @inline(__always)
    func equal(_ range: Range<Int>, in text: Span<UInt8>, to word: StaticString) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { word in
            for offset in 0..<word.count where text[range.lowerBound + offset] != word[offset] { return false }
            return true
        }
    }
}

extension [UInt8] {
    @inline(__always)
    mutating func append(copying range: Range<Int>, of text: Span<UInt8>) {
        // An array takes a buffer in one copy; the pointer does not leave the closure.
        unsafe text.extracting(range).withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
