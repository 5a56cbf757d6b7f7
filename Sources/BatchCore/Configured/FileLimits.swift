/// What one file may ask of the spool and of memory: `[limits]` in bobbin.toml. A file beyond is refused whole, before
/// a cent is spent.
package struct FileLimits: Equatable, Sendable {
    /// A larger file is rejected before it is copied or read. 64 GiB: some three hundred times what providers take as
    /// one batch, and far below what a hole in a file can pretend.
    package var fileBytes = 64 << 30
    /// Lines that are not blank. Of each good one some hundred bytes stay in memory until its job ends.
    package var lines = 10_000_000
    /// Lines that are bad (`bad_lines` of a lane is a share of all). Each is kept with its reason.
    package var badLines = 1_000_000

    package init() {}
}
