package import BatchCore

/// How a key log lies on disk and in memory, and when its index is written down.
package struct KeyLogLayout: Sendable {
    /// A segment ends here, or a little later: once all of it is durable and the next is prepared.
    package var segmentBytes = 1 << 30
    /// A checkpoint is due when so many records, and a sixteenth of all, are behind the last: a start reads these, at
    /// some millions a second.
    package var tailRecords = 1 << 20
    /// The same for a clean end: fewer are read as fast as a checkpoint is.
    package var closingTailRecords = 1 << 16
    /// What of a key goes into the index: any function gives right answers, a bad one slow ones. The key is a hash
    /// already: its first eight bytes are as good as any.
    package var hash: @Sendable (RequestKey) -> UInt64 = { $0.digest.prefix }

    package init() {}

    func isCheckpointDue(covered: Int, records: Int) -> Bool {
        records - covered > max(tailRecords, records / 16)
    }
}
