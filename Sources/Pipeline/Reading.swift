package import BatchCore

/// What one pass over a snapshot found.
package struct Reading: Sendable {
    /// A good line: what is kept in memory of it.
    package struct Entry: Sendable {
        /// From 1, blank lines counted.
        package let line: Int
        package let offset: Int
        package let length: Int
        package let customID: String
        package let request: BatchRequest
    }

    package struct RefusedLine: Sendable {
        package let line: Int
        package let offset: Int
        package let length: Int
        package let customID: String?
        package let refusal: LineRefusal
    }

    package var entries: [Entry] = []
    package var refused: [RefusedLine] = []
    /// Why the whole file is refused, before a cent is spent; nil: it is not.
    package var fileRefusal: String?

    package init() {}

    /// Lines that are not blank.
    package var total: Int { entries.count + refused.count }

    /// The entry of a line; entries are in input order.
    package func entry(ofLine line: Int) -> Entry? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].line < line { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].line == line ? entries[low] : nil
    }
}
