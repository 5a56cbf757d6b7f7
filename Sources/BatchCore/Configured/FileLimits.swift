/// What one file may ask of the spool: `[limits]` in bobbin.toml.
package struct FileLimits: Equatable, Sendable {
    /// A larger file is rejected before it is copied or read. 64 GiB: some three hundred times what providers take as
    /// one batch, and far below what a hole in a file can pretend.
    package var fileBytes = 64 << 30

    package init() {}
}
