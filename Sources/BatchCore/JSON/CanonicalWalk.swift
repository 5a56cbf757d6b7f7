/// The walk over a tape that writes the canonical form. Recursive, at most `JSONTape.depthLimit` deep.
struct CanonicalWalk {
    let tape: JSONTape
    let numbers: CanonicalJSON.Numbers

    /// Bytes that are enough for the canonical form. Strings only become shorter; a number has 25 characters at most
    /// (`-0.0000012345678901234567`) or its own.
    func longestForm(of node: Int) -> Int {
        tape.bytes(node).count + tape.reformedNumbers * 25 + OutputSpan<UInt8>.slack
    }

    func append(_ node: Int, _ text: Span<UInt8>, to form: inout OutputSpan<UInt8>) {
        let value = tape[node]
        if value.isCanonical { return form.append(copying: value.bytes, of: text) }
        switch value.kind {
        case .null, .false, .true: form.append(copying: value.bytes, of: text)
        case .number: CanonicalNumber.append(value.bytes, in: text, numbers, to: &form)
        case .string: append(string: value, text, to: &form)
        case .array:
            form.append(UInt8(ascii: "["))
            var element = node + 1
            for _ in 0..<value.count {
                append(element, text, to: &form)
                form.append(UInt8(ascii: ","))
                element = Int(tape[element].next)
            }
            form.close(with: UInt8(ascii: "]"))
        case .object: appendMembers(of: node, text, to: &form) { _ in false }
        }
    }

    @inline(__always)
    func appendMembers(
        of node: Int, _ text: Span<UInt8>, to form: inout OutputSpan<UInt8>, omitting isOmitted: (Int) -> Bool
    ) {
        let object = tape[node]
        form.append(UInt8(ascii: "{"))
        var place = node + 1
        for _ in 0..<object.count {
            let name = object.isOrdered ? place : Int(tape[place].next)
            place = Int(tape[place + 1].next)
            if isOmitted(name) { continue }
            let bytes = tape[name].bytes
            if tape[name].isCanonical, text[bytes.upperBound] == UInt8(ascii: ":") {
                form.append(copying: bytes.lowerBound..<bytes.upperBound + 1, of: text)  // most have their colon
            } else {
                append(name, text, to: &form)
                form.append(UInt8(ascii: ":"))
            }
            append(name + 1, text, to: &form)
            form.append(UInt8(ascii: ","))
        }
        form.close(with: UInt8(ascii: "}"))
    }

    /// A string with an escape that RFC 8785 does not write.
    private func append(string: JSONNode, _ text: Span<UInt8>, to form: inout OutputSpan<UInt8>) {
        form.append(UInt8(ascii: "\""))
        let end = string.content.upperBound
        var (at, run) = (string.content.lowerBound, string.content.lowerBound)
        while true {
            at = JSONEscape.first(in: at..<end, of: text)
            if at < end, JSONEscape.isShort(text[at + 1]) {
                at += 2  // stays as it is
                continue
            }
            form.append(copying: run..<at, of: text)
            if at == end { break }
            let scalar = JSONEscape.scalar(text, at: &at)
            run = at
            if scalar < 0x80 {
                JSONEscape.escape(UInt8(scalar)) { form.append($0) }
            } else {
                JSONEscape.encode(scalar) { form.append($0) }
            }
        }
        form.append(UInt8(ascii: "\""))
    }
}

/// The walk over a tape that leaves out white space. Recursive, at most `JSONTape.depthLimit` deep.
struct MinifyingWalk {
    let tape: JSONTape

    func append(_ node: Int, _ text: Span<UInt8>, to form: inout OutputSpan<UInt8>) {
        let value = tape[node]
        switch value.kind {
        case _ where value.isCanonical, .null, .false, .true, .number, .string:
            form.append(copying: value.bytes, of: text)
        case .array:
            form.append(UInt8(ascii: "["))
            for element in tape.elements(node) {
                append(element, text, to: &form)
                form.append(UInt8(ascii: ","))
            }
            form.close(with: UInt8(ascii: "]"))
        case .object:
            form.append(UInt8(ascii: "{"))
            for member in tape.members(node) {
                form.append(copying: tape.bytes(member.name), of: text)
                form.append(UInt8(ascii: ":"))
                append(member.value, text, to: &form)
                form.append(UInt8(ascii: ","))
            }
            form.close(with: UInt8(ascii: "}"))
        }
    }
}
