import BatchCore

/// Patterns and schemas, which come with request lines too, on texts: C++ behind them.
enum ForeignPatterns {
    static let readers: [FuzzReaders.Reader] = [pattern, schema]

    /// A pattern, and behind a line feed the text that is searched.
    private static func pattern(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
        do throws(PatternError) {
            let pattern = try Pattern(String(decoding: parts[0], as: UTF8.self))
            // Valid UTF-8, as a decoded answer is.
            let text = Array(String(decoding: parts.count == 2 ? parts[1] : [], as: UTF8.self).utf8)
            if case .found(let range) = pattern.find(in: text.span) {
                precondition(range.upperBound <= text.count, "a place beyond the text")
            }
        } catch { precondition(!error.reason.isEmpty, "refused without a reason") }
    }

    /// A schema, and behind a line feed the value that is checked.
    private static func schema(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false).map { Array($0) }
        let written = parts[0]
        do throws(JSONSchemaError) {
            let schema = try JSONSchema(written.span, strictly: bytes.count % 2 == 0)
            let text = parts.count == 2 ? parts[1] : Array("{}".utf8)
            var tape = JSONTape()
            do { try tape.scan(text.span) } catch { return }
            var workspace = SchemaWorkspace()
            _ = schema.flaw(of: JSONTape.root, on: tape, in: text.span, using: &workspace)
        } catch { precondition(!"\(error)".isEmpty, "refused without a reason") }
    }
}
