package import BatchCore

/// What one pass over a snapshot found.
package struct Reading: Sendable {
    /// A good line: what is kept in memory of it.
    package struct Entry: Sendable {
        /// From 1, blank lines counted.
        package var line: Int { Int(number) }
        package let offset: Int
        package var length: Int { Int(bytes) }
        package let request: BatchRequest

        // A line is no longer than `InputReader.longestLineBytes`, a file has no more lines than 32 bits count.
        private let number: UInt32
        private let bytes: UInt32

        init(line: Int, offset: Int, length: Int, request: BatchRequest) {
            number = UInt32(line)
            bytes = UInt32(length)
            self.offset = offset
            self.request = request
        }

        /// The same line, counted from a line that many lines before.
        func moved(by lines: Int) -> Entry {
            Entry(line: line + lines, offset: offset, length: length, request: request)
        }

        func refused(_ refusal: LineRefusal) -> RefusedLine {
            RefusedLine(line: line, offset: offset, length: length, refusal: refusal)
        }
    }

    package struct RefusedLine: Sendable {
        package let line: Int
        package let offset: Int
        package let length: Int
        package let refusal: LineRefusal

        func moved(by lines: Int) -> RefusedLine {
            RefusedLine(line: line + lines, offset: offset, length: length, refusal: refusal)
        }
    }

    /// In input order; empty where nobody asked to keep them.
    package var entries: [Entry] = []
    package var refused: [RefusedLine] = []
    /// Good lines.
    package var good = 0
    /// Lines of a file that stopped to be read: they are counted, and neither kept nor, but for some bad ones, listed.
    package var unlisted = 0
    /// Why the whole file is refused, before a cent is spent; nil: it is not.
    package var fileRefusal: String?

    package init() {}

    /// Lines that are not blank.
    package var total: Int { good + refused.count + unlisted }

    /// The entry of a line; nil: it is blank or refused, or entries were not kept.
    package func entry(ofLine line: Int) -> Entry? {
        let place = entries.firstPlace { $0.line >= line }
        return place < entries.count && entries[place].line == line ? entries[place] : nil
    }
}
