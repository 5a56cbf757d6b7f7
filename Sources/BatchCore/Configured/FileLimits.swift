/// What one file may ask of the spool and of memory: `[limits]` in bobbin.toml. A file beyond is refused whole, before
/// a cent is spent.
package struct FileLimits: Equatable, Sendable {
    /// A larger file is rejected before it is copied or read. 64 GiB: some three hundred times what providers take as
    /// one batch, and far below what a hole in a file can pretend.
    package var fileBytes = 64 << 30
    /// Lines that are not blank. Each takes about a kilobyte of memory when its job ends (`LineFate` in Pipeline), so
    /// that this is 2 GB; providers take 50,000 in one batch.
    package var lines = 2_000_000
    /// Lines that are bad (`bad_lines` of a lane is a share of all). Each is kept with its reason.
    package var badLines = 500_000

    package init() {}
}
