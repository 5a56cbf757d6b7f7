/// A place in a JSON text (RFC 6901): `/metadata/class`, `/messages/0/role`; the empty pointer is the whole text.
package struct JSONPointer: Hashable, Sendable, CustomStringConvertible {
    /// Unescaped.
    package let tokens: [String]

    /// nil where it is no pointer: it does not begin with `/`, or a `~` is not followed by 0 or 1.
    package init?(_ text: String) {
        if text.isEmpty {
            tokens = []
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        var tokens: [String] = []
        for part in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let token = Self.unescaped(part) else { return nil }
            tokens.append(token)
        }
        self.tokens = tokens
    }

    private static func unescaped(_ part: Substring.UTF8View.SubSequence) -> String? {
        var bytes: [UInt8] = []
        var rest = part[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "~") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    package var description: String {
        tokens.map { token in
            var escaped = "/"
            for character in token.unicodeScalars {
                switch character {
                case "~": escaped += "~0"
                case "/": escaped += "~1"
                default: escaped.unicodeScalars.append(character)
                }
            }
            return escaped
        }.joined()
    }

    /// The node that it names within the value `root`; nil: there is none.
    package func node(from root: Int, of tape: JSONTape, in text: Span<UInt8>) -> Int? {
        var node = root
        for token in tokens {
            let next: Int? =
                switch tape.kind(node) {
                case .object: tape.member(named: token, of: node, in: text)
                case .array: Self.index(token).flatMap { element($0, of: node, tape) }
                default: nil
                }
            guard let next else { return nil }
            node = next
        }
        return node
    }

    private func element(_ index: Int, of node: Int, _ tape: JSONTape) -> Int? {
        guard index < tape.count(node) else { return nil }
        var elements = tape.elements(node)
        for _ in 0..<index { _ = elements.next() }
        return elements.next()
    }

    /// Digits without a leading zero.
    private static func index(_ token: String) -> Int? {
        guard token.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            token == "0" || !token.hasPrefix("0")
        else { return nil }
        return Int(token)
    }
}
