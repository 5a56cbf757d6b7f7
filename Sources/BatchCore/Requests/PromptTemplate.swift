/// What a request asks apart from its data: the first 12 hexadecimal digits of the SHA-256 of what its system and
/// developer messages (or `instructions`) say, as they stand in the line, each with a newline behind it.
package enum PromptTemplate {
    /// Of a request that has neither.
    package static let none = "-"
    package static let digits = 12
}

extension RequestReader {
    /// - Parameter line: one that was read before, without its line end.
    package mutating func promptTemplate(of line: Span<UInt8>) -> String {
        do { try tape.scan(line) } catch { return PromptTemplate.none }
        guard let body = tape.member("body", of: JSONTape.root, in: line) else { return PromptTemplate.none }
        var texts: [Range<Int>] = []
        if let instructions = tape.member("instructions", of: body, in: line) { texts.append(tape.bytes(instructions)) }
        for list in [tape.member("messages", of: body, in: line), tape.member("input", of: body, in: line)] {
            guard let list, tape.kind(list) == .array else { continue }
            for message in tape.elements(list) where tape.kind(message) == .object {
                let role = tape.member("role", of: message, in: line).flatMap { tape.string($0, in: line) }
                guard role == "system" || role == "developer",
                    let content = tape.member("content", of: message, in: line)
                else { continue }
                texts.append(tape.bytes(content))
            }
        }
        if texts.isEmpty { return PromptTemplate.none }
        var hasher = SHA256()
        for text in texts {
            hasher.update(line.extracting(text))
            hasher.update([UInt8(ascii: "\n")])
        }
        return String(hasher.finish().hex.prefix(PromptTemplate.digits))
    }
}
