/// Why a text is no JSON that Bobbin takes: RFC 8259, and of I-JSON (RFC 7493) what makes a text mean one thing only.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// 0-based, in bytes of the text that was scanned. The column for people is `offset + 1`.
    package let offset: Int
    /// A phrase without a position, such as `the member name "a" stands twice`.
    package let reason: String

    package init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "column \(offset + 1): \(reason)" }
}
