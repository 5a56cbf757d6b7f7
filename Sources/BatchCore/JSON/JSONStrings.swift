extension JSONTape {
    /// The string with its escapes undone; nil if `node` is no string.
    package func string(_ node: Int, in text: Span<UInt8>) -> String? {
        guard self[node].kind == .string else { return nil }
        var bytes: [UInt8] = []
        appendString(node, in: text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the UTF-8 of a string with its escapes undone. `node` must be a string.
    package func appendString(_ node: Int, in text: Span<UInt8>, to out: inout [UInt8]) {
        let string = self[node]
        precondition(string.kind == .string, "only a string can be unescaped")
        guard string.isEscaped else { return out.append(copying: string.content, of: text) }
        var at = string.content.lowerBound
        while at < string.content.upperBound {
            let run = at
            while at < string.content.upperBound, text[at] != UInt8(ascii: "\\") { at += 1 }
            out.append(copying: run..<at, of: text)
            if at < string.content.upperBound { JSONEscape.encode(JSONEscape.scalar(text, at: &at)) { out.append($0) } }
        }
    }

    /// FNV-1a of a string's UTF-8, its escapes undone. `node` must be a string.
    func hash(ofString node: Int, in text: Span<UInt8>) -> UInt64 {
        let string = self[node]
        precondition(string.kind == .string, "only a string has characters to hash")
        var hash = FNV1a()
        var at = string.content.lowerBound
        while at < string.content.upperBound {
            if text[at] == UInt8(ascii: "\\") {
                JSONEscape.encode(JSONEscape.scalar(text, at: &at)) { hash.add($0) }
            } else {
                hash.add(text[at])
                at += 1
            }
        }
        return hash.value
    }

    @inline(__always)
    func isString(_ node: Int, equalTo name: StaticString, in text: Span<UInt8>) -> Bool {
        guard self[node].isEscaped else { return equal(self[node].content, in: text, to: name) }
        return isEscapedString(node, equalTo: name, in: text)
    }

    private func isEscapedString(_ node: Int, equalTo name: StaticString, in text: Span<UInt8>) -> Bool {
        var bytes: [UInt8] = []
        appendString(node, in: text, to: &bytes)
        return equal(bytes.indices, in: bytes.span, to: name)
    }

    func isString(_ node: Int, equalTo name: String, in text: Span<UInt8>) -> Bool {
        guard self[node].isEscaped else {
            return self[node].content.count == name.utf8.count
                && zip(self[node].content, name.utf8).allSatisfy { text[$0] == $1 }
        }
        return string(node, in: text).map { $0.utf8.elementsEqual(name.utf8) } ?? false
    }
}

@inline(__always)
func equal(_ range: Range<Int>, in text: Span<UInt8>, to word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard range.count == count, range.upperBound <= text.count else { return false }
    // Every load below lies within `count` bytes from either start, which the line above has checked. Whole words
    // first: for a word that stands in the code they are constants.
    return unsafe text.withUnsafeBytes { text in
        let here = unsafe text.baseAddress.unsafelyUnwrapped + range.lowerBound
        let there = unsafe UnsafeRawPointer(word.utf8Start)
        var at = 0
        while at + 8 <= count {
            let one = unsafe here.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            if unsafe one != there.loadUnaligned(fromByteOffset: at, as: UInt64.self) { return false }
            at += 8
        }
        while at < count {
            if unsafe here.load(fromByteOffset: at, as: UInt8.self) != there.load(fromByteOffset: at, as: UInt8.self) {
                return false
            }
            at += 1
        }
        return true
    }
}

@inline(__always)
func equal(_ range: Range<Int>, in text: Span<UInt8>, to word: [UInt8]) -> Bool {
    equal(range, in: text, to: word.span)
}

@inline(__always)
func equal(_ range: Range<Int>, in text: Span<UInt8>, to word: Span<UInt8>) -> Bool {
    let count = word.count
    guard range.count == count, range.upperBound <= text.count else { return false }
    // Every load below lies within `count` bytes from either start, which the line above has checked.
    return unsafe text.withUnsafeBytes { text in
        unsafe word.withUnsafeBytes { word in
            func differs(_ at: Int) -> Bool {
                let here = unsafe text.loadUnaligned(fromByteOffset: range.lowerBound + at, as: UInt64.self)
                return unsafe here != word.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            }
            guard count >= 8 else {
                for at in 0..<count where unsafe text[range.lowerBound + at] != word[at] { return false }
                return true
            }
            for at in stride(from: 0, to: count - 8, by: 8) where differs(at) { return false }
            return !differs(count - 8)  // the last eight, of which some were compared before
        }
    }
}
