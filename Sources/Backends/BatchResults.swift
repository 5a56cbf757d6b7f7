package import BatchCore
package import DurableFiles

/// What was said of each line of a batch, in the order of the provider's files. A batch may have more answers than
/// memory: they stay on disk, and each is read when it is asked for.
package struct BatchResults: Sendable {
    package struct Entry: Sendable {
        /// The custom_id that was sent.
        package let id: String
        /// It is an answer of the model's interface with a status of 2xx.
        package let isAnswered: Bool
        fileprivate let lines: ScratchLines
        fileprivate let offset: Int
        /// Of its line, in bytes.
        package let length: Int
    }

    package private(set) var entries: [Entry] = []
    /// Lines that are no result.
    package private(set) var unreadableLines = 0
    /// Of one line; nil: it cannot be read.
    private let read: @Sendable ([UInt8]) -> ProviderBatchResult?
    /// Four times what an answer may have (`answer_bytes_max`), by default.
    private static let longestLineBytes = 256 << 20

    /// None.
    package init() { self.init { _ in nil } }

    init(_ read: @escaping @Sendable ([UInt8]) -> ProviderBatchResult?) { self.read = read }

    /// Adds the lines of one file.
    mutating func add(_ lines: ScratchLines) throws(FileError) {
        var (found, unreadable) = ([Entry](), 0)
        try lines.file.scan(limitLineBytes: Self.longestLineBytes) { _, _ in
            unreadable += 1
            return true
        } line: { offset, line, _ in
            let bytes = unsafe line.withUnsafeBufferPointer { unsafe Array($0) }
            guard bytes.contains(where: { $0 > 0x20 }) else { return true }
            guard let result = read(bytes) else {
                unreadable += 1
                return true
            }
            let isAnswered = if case .response(let status, _, _) = result.content { 200..<300 ~= status } else { false }
            found.append(
                Entry(id: result.id, isAnswered: isAnswered, lines: lines, offset: offset, length: bytes.count))
            return true
        }
        entries += found
        unreadableLines += unreadable
    }

    /// - Throws: `FileError`, where what was written cannot be read.
    package func content(of entry: Entry) throws(FileError) -> ProviderBatchResult.Content {
        let line = try entry.lines.file.read(at: entry.offset, length: entry.length)
        guard let result = read(line) else {
            return .lost(code: "batch_result_missing", message: "its result cannot be read a second time")
        }
        return result.content
    }
}
