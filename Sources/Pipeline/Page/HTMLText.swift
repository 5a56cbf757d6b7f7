import BatchCore

/// HTML being written. Its own markup comes in as literals; whatever else comes in as `text`, which nothing can leave:
/// what HTML reads as markup is escaped, and what a browser would obey (controls, changes of direction) is shown.
struct HTMLText: Sendable {
    private(set) var bytes: [UInt8] = []

    /// Markup. Numbers and escaped pieces of our own go through interpolation.
    mutating func markup(_ literal: HTMLMarkup) {
        bytes += literal.text.utf8
    }

    /// Text of others, at most `limit` Unicode scalars of it.
    mutating func text(_ text: some StringProtocol, limit: Int = 300) {
        var left = limit
        for scalar in text.unicodeScalars {
            guard left > 0 else { return markup("<i>…</i>") }
            left -= 1
            append(scalar)
        }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "&": bytes += "&amp;".utf8
        case "<": bytes += "&lt;".utf8
        case ">": bytes += "&gt;".utf8
        case "\"": bytes += "&quot;".utf8
        case "'": bytes += "&#39;".utf8
        case "\n": bytes += "<i>\\n</i> ".utf8
        case "\t": bytes += "<i>\\t</i> ".utf8
        case "\r": bytes += "<i>\\r</i>".utf8
        case let scalar where Self.isObeyed(scalar):
            bytes += "<i>\\u{\(String(scalar.value, radix: 16))}</i>".utf8
        default: bytes += UTF8.encode(scalar).map(Array.init) ?? []
        }
    }

    /// All format characters but the two joiners, without which Persian or a family of emoji is not what was written.
    private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == "\u{200C}" || scalar == "\u{200D}" { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: return true
        case .spaceSeparator: return scalar != " " && scalar != "\u{A0}"
        default: return false
        }
    }
}

/// A literal of our own markup. What is put into it is a number, or escaped: a `String` is taken for text of others.
struct HTMLMarkup: ExpressibleByStringInterpolation, Sendable {
    let text: String

    init(stringLiteral value: String) {
        text = value
    }

    init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 12)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }

        mutating func appendInterpolation(_ number: Int) { text += "\(number)" }

        mutating func appendInterpolation(_ string: some StringProtocol, limit: Int = 300) {
            var escaped = HTMLText()
            escaped.text(string, limit: limit)
            text += String(decoding: escaped.bytes, as: UTF8.self)
        }

        mutating func appendInterpolation(_ markup: HTMLMarkup) { text += markup.text }

        /// A place or a size in a drawing: two decimals.
        mutating func appendInterpolation(percent share: Double) {
            let hundredths = Int((min(max(share, 0), 1) * 10000).rounded())
            let rest = hundredths % 100
            text += "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)%"
        }
    }
}
