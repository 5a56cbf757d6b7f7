/// A JSON pointer (RFC 6901).
package struct JSONPointer: Equatable, Sendable, CustomStringConvertible {
    package let description: String
    private let tokens: [String]

    /// nil: it is neither empty nor begins with a slash, or has a tilde that escapes nothing.
    package init?(_ text: String) {
        description = text
        guard text.isEmpty || text.hasPrefix("/") else { return nil }
        var tokens: [String] = []
        for part in text.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            var token = ""
            var rest = part.unicodeScalars[...]
            while let scalar = rest.popFirst() {
                guard scalar == "~" else {
                    token.unicodeScalars.append(scalar)
                    continue
                }
                switch rest.popFirst() {
                case "0": token += "~"
                case "1": token += "/"
                default: return nil
                }
            }
            tokens.append(token)
        }
        self.tokens = tokens
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
