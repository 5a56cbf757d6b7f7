/// Builds one JSON text without white space. Commas, quotes, escapes and brackets are right by construction; that no
/// name is used twice in one object is the caller's to see to. Members stand in the order of the calls.
///
/// ```swift
/// var json = JSONWriter()
/// json.object { json in
///     json.member("lines", 12)
///     json.array("shards") { $0.element("0001") }
/// }
/// ```
package struct JSONWriter: Sendable {
    private enum Place { case root, object, array }

    /// The text so far, in UTF-8; a JSON text once the outermost value is complete.
    package private(set) var bytes: [UInt8] = []
    private var place = Place.root

    package init(reserving capacityBytes: Int = 256) {
        bytes.reserveCapacity(capacityBytes)
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// An object as an element, or as the whole text.
    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        beginElement()
        write(.object, UInt8(ascii: "{"), UInt8(ascii: "}"), body)
    }

    /// An array as an element, or as the whole text.
    package mutating func array(_ body: (inout JSONWriter) -> Void) {
        beginElement()
        write(.array, UInt8(ascii: "["), UInt8(ascii: "]"), body)
    }

    package mutating func object(_ name: String, _ body: (inout JSONWriter) -> Void) {
        beginMember(name)
        write(.object, UInt8(ascii: "{"), UInt8(ascii: "}"), body)
    }

    package mutating func array(_ name: String, _ body: (inout JSONWriter) -> Void) {
        beginMember(name)
        write(.array, UInt8(ascii: "["), UInt8(ascii: "]"), body)
    }

    private mutating func write(_ inner: Place, _ open: UInt8, _ close: UInt8, _ body: (inout JSONWriter) -> Void) {
        let outer = place
        place = inner
        bytes.append(open)
        body(&self)
        bytes.append(close)
        place = outer
    }

    mutating func beginElement() {
        precondition(place == .array || place == .root && bytes.isEmpty, "an element belongs into an array")
        separate()
    }

    mutating func beginMember(_ name: String) {
        precondition(place == .object, "a member belongs into an object")
        separate()
        append(name)
        bytes.append(UInt8(ascii: ":"))
    }

    /// No complete value ends in one of these two, so behind anything else a comma is due.
    private mutating func separate() {
        guard let last = bytes.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "[") else { return }
        bytes.append(UInt8(ascii: ","))
    }

    mutating func append(_ string: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in string.utf8 { JSONEscape.escape(byte) { bytes.append($0) } }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func append(_ number: Double) { ES6Number(number).write { bytes.append($0) } }

    mutating func append(raw text: some Collection<UInt8>) { bytes.append(contentsOf: text) }

    mutating func append(_ value: JSONValue) {
        switch value {
        case .null: append(raw: "null".utf8)
        case .bool(let bool): append(raw: (bool ? "true" : "false").utf8)
        case .number(let digits): append(raw: digits.utf8)
        case .string(let string): append(string)
        case .array(let elements):
            write(.array, UInt8(ascii: "["), UInt8(ascii: "]")) { for element in elements { $0.element(raw: element) } }
        case .object(let members):
            write(.object, UInt8(ascii: "{"), UInt8(ascii: "}")) { json in
                for member in members { json.member(member.name, raw: member.value) }
            }
        }
    }
}
