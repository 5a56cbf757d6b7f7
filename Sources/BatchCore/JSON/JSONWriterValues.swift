/// Members of the object that is being written.
extension JSONWriter {
    package mutating func member(_ name: String, _ value: String) {
        beginMember(name)
        append(value)
    }

    /// nil is written as `null`.
    package mutating func member(_ name: String, _ value: String?) {
        beginMember(name)
        if let value { append(value) } else { append(raw: "null".utf8) }
    }

    package mutating func member(_ name: String, _ value: Int) {
        beginMember(name)
        append(raw: String(value).utf8)
    }

    package mutating func member(_ name: String, _ value: Bool) {
        beginMember(name)
        append(raw: (value ? "true" : "false").utf8)
    }

    /// Finite; the shortest digits that read back as the same double, as ECMAScript prints them.
    package mutating func member(_ name: String, _ value: Double) {
        beginMember(name)
        append(value)
    }

    /// One JSON text that somebody has validated, without a line end.
    package mutating func member(_ name: String, raw text: some Collection<UInt8>) {
        beginMember(name)
        append(raw: text)
    }

    package mutating func member(_ name: String, raw value: JSONValue) {
        beginMember(name)
        append(value)
    }
}

/// Elements of the array that is being written, or the whole text.
extension JSONWriter {
    package mutating func element(_ value: String) {
        beginElement()
        append(value)
    }

    /// nil is written as `null`.
    package mutating func element(_ value: String?) {
        beginElement()
        if let value { append(value) } else { append(raw: "null".utf8) }
    }

    package mutating func element(_ value: Int) {
        beginElement()
        append(raw: String(value).utf8)
    }

    package mutating func element(_ value: Bool) {
        beginElement()
        append(raw: (value ? "true" : "false").utf8)
    }

    /// Finite; the shortest digits that read back as the same double, as ECMAScript prints them.
    package mutating func element(_ value: Double) {
        beginElement()
        append(value)
    }

    /// One JSON text that somebody has validated, without a line end.
    package mutating func element(raw text: some Collection<UInt8>) {
        beginElement()
        append(raw: text)
    }

    package mutating func element(raw value: JSONValue) {
        beginElement()
        append(value)
    }
}
