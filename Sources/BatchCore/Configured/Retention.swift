/// How long something is kept that Bobbin could do without: accepted answers (`[hashlog]` in bobbin.toml), of which
/// whole segments go, and the results of finished jobs (`[results]`). The oldest go first.
package struct Retention: Equatable, Sendable {
    /// nil: for ever.
    package var keep: Duration?
    /// What all of it may take on disk; nil: as much as there is.
    package var keepBytes: Int?

    package init(keep: Duration? = nil, keepBytes: Int? = nil) {
        self.keep = keep
        self.keepBytes = keepBytes
    }
}
