/// How long accepted answers are kept: `[hashlog]` in bobbin.toml. Whole segments go, the oldest first; what is asked
/// again afterwards is paid again.
package struct AnswerRetention: Equatable, Sendable {
    /// nil: for ever.
    package var keep: Duration?
    /// What the segments may take on disk; nil: as much as there is.
    package var keepBytes: Int?

    package init(keep: Duration? = nil, keepBytes: Int? = nil) {
        self.keep = keep
        self.keepBytes = keepBytes
    }
}
