/// A small JSON text as a value, for our own records and reports. Request lines go through `JSONTape`, which makes
/// nothing for a token.
package enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    /// The number as it stands in the text, so that nothing is rounded.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// In text order; order counts for equality.
    case object([Member])

    package struct Member: Equatable, Sendable {
        package let name: String
        package let value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    package init(parsing text: [UInt8]) throws(JSONError) {
        var tape = JSONTape()
        try tape.scan(text.span)
        self.init(JSONTape.root, of: tape, in: text.span)
    }

    package init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// The value at `node` of a tape that is scanned already.
    package init(_ node: Int, of tape: JSONTape, in text: Span<UInt8>) {
        switch tape.kind(node) {
        case .null: self = .null
        case .false: self = .bool(false)
        case .true: self = .bool(true)
        case .number:
            var bytes: [UInt8] = []
            bytes.append(copying: tape.bytes(node), of: text)
            self = .number(String(decoding: bytes, as: UTF8.self))
        case .string: self = .string(tape.string(node, in: text) ?? "")
        case .array:
            var elements: [JSONValue] = []
            for element in tape.elements(node) { elements.append(JSONValue(element, of: tape, in: text)) }
            self = .array(elements)
        case .object:
            var members: [Member] = []
            for (name, value) in tape.members(node) {
                let name = tape.string(name, in: text) ?? ""
                members.append(Member(name: name, value: JSONValue(value, of: tape, in: text)))
            }
            self = .object(members)
        }
    }

    /// The member called `name`; nil if there is none or this is no object.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    package var string: String? {
        guard case .string(let string) = self else { return nil }
        return string
    }

    /// An exact integer; nil for a fraction, an exponent or what `Int` cannot hold.
    package var int: Int? {
        guard case .number(let digits) = self else { return nil }
        let bytes = Array(digits.utf8)
        return JSONNumber.integer(bytes.indices, in: bytes.span)
    }

    package var double: Double? {
        guard case .number(let digits) = self else { return nil }
        return Double(digits)
    }

    package var bool: Bool? {
        guard case .bool(let bool) = self else { return nil }
        return bool
    }

    package var array: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    package var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }
}
