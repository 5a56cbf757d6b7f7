package import DurableFiles
package import SystemPackage

/// A name in an inbox, before it is claimed.
package struct Arrival: Hashable, Sendable {
    package let directory: FilePath
    /// As delivered: bytes, which need not be UTF-8.
    package let name: [UInt8]
    package let lane: String

    package init(directory: FilePath, name: [UInt8], lane: String) {
        self.directory = directory
        self.name = name
        self.lane = lane
    }

    /// For messages: what is done to it is done in its open directory (`OpenDirectory`).
    package var path: FilePath { directory.appending(nameBytes: name) }

    /// - Returns: nil where it is not there, or its directory is none any more.
    package func facts() throws(FileError) -> FileFacts? { try OpenDirectory.open(directory)?.facts(of: name) }

    /// For people and JSON: percent-escaped.
    package var printableName: String { PercentName.escape(name) }

    /// Names that are never looked at: a leading dot, and the endings of files that are still on their way.
    package var isIgnored: Bool {
        name.first == UInt8(ascii: ".")
            || [".tmp", ".part", ".filepart", "~"].contains { name.hasSuffix($0) }
    }

    package var isJSONL: Bool { name.hasSuffix(".jsonl") && name.count > ".jsonl".utf8.count }

    /// `NAME.jsonl.done` or `NAME.jsonl.sha256`, which says that NAME.jsonl is complete.
    package var isManifest: Bool { [".jsonl.done", ".jsonl.sha256"].contains { name.hasSuffix($0) } }

    /// A file of this ending was handed in again on purpose: its requests may be paid for once more.
    package static let retryEnding = ".retry.jsonl"

    package static func isRetry(_ name: [UInt8]) -> Bool { name.hasSuffix(retryEnding) }
}

extension [UInt8] {
    fileprivate func hasSuffix(_ text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
