/// Which part of a kind a line belongs to.
package enum Stratum: Hashable, Sendable, CustomStringConvertible {
    /// The prefix, or the value by its text: a string as it is, any other as canonical JSON. One that is long is cut,
    /// and a hash of all of it stands behind.
    case value(String)
    /// The line has no separator in its custom_id, or no such value in its body.
    case missing
    /// More strata stand before it than are kept apart.
    case shared

    /// Characters (Unicode scalars) of a value that are kept: it stands in plans and reports.
    package static let longest = 80

    package var description: String {
        switch self {
        case .value(let text): "\"\(text)\""
        case .missing: "of the lines without one"
        case .shared: "that the last lines share"
        }
    }

    fileprivate static func of(_ text: String) -> Stratum {
        guard text.unicodeScalars.count > longest else { return .value(text) }
        var short = ""
        short.unicodeScalars.append(contentsOf: text.unicodeScalars.prefix(longest))
        return .value("\(short)…\(SHA256.digest(of: Array(text.utf8)).hex.prefix(16))")
    }
}

extension Strata {
    /// - Parameter tape: of `line`, a good request.
    func stratum(of line: Span<UInt8>, _ tape: JSONTape) -> Stratum {
        switch self {
        case .prefix(let separator):
            let node = tape.member("custom_id", of: JSONTape.root, in: line)
            guard let text = node.flatMap({ tape.string($0, in: line) }) else { return .missing }
            return Self.prefix(of: text, before: separator).map(Stratum.of) ?? .missing
        case .pointer(let pointer):
            let body = tape.member("body", of: JSONTape.root, in: line)
            guard let node = body.flatMap({ pointer.node(from: $0, of: tape, in: line) }) else { return .missing }
            if let text = tape.string(node, in: line) { return .of(text) }
            var bytes: [UInt8] = []
            CanonicalJSON.append(node, of: tape, in: line, numbers: .exactIntegers, leavingOut: [], to: &bytes)
            return .of(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// By bytes: no character of one belongs to another.
    private static func prefix(of text: String, before separator: String) -> String? {
        let (text, separator) = (Array(text.utf8), Array(separator.utf8))
        guard separator.count <= text.count else { return nil }
        for start in 0...text.count - separator.count where text[start...].starts(with: separator) {
            return String(decoding: text[..<start], as: UTF8.self)
        }
        return nil
    }
}

// As `plan.json` and `report.json` have it: `stratum` is null where the line has none, and missing where nothing tells
// strata apart or the last lines share one.
extension Stratum? {
    package func write(to writer: inout JSONWriter) {
        switch self {
        case nil: break
        case .value(let text): writer.member("stratum", text)
        case .missing: writer.member("stratum", nil as String?)
        case .shared: writer.member("stratum_shared", true)
        }
    }

    /// Reads what `write` writes; nil inside: there is none; nil: it is anything else.
    init?(record value: JSONValue) {
        if let shared = value["stratum_shared"] {
            guard case .bool(true) = shared, value["stratum"] == nil else { return nil }
            self = .some(.shared)
        } else {
            switch value["stratum"] {
            case nil: self = .none
            case .null: self = .some(.missing)
            case .string(let text): self = .some(.value(text))
            default: return nil
            }
        }
    }
}
