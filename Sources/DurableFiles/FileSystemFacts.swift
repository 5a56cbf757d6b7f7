import CLinux
package import SystemPackage

/// What statfs(2) says about the file system that a path is on.
package struct FileSystemFacts: Equatable, Sendable {
    /// In words where the magic number is known, else `0x…`.
    package let name: String
    /// Others may change it behind this kernel's back: inotify does not see that, and neither leases nor renames can
    /// be relied on.
    package let isNetwork: Bool
    /// For an unprivileged user.
    package let freeBytes: Int
    /// nil where the file system makes inodes as it needs them.
    package let freeInodes: Int?

    package init(at path: FilePath) throws(FileError) {
        var facts = clinux_filesystem()
        try call(.statfs, path) { path.withPlatformString { clinux_statfs($0, &facts) } }
        let known = Self.known[facts.type]
        self.name = known?.name ?? "0x" + String(facts.type, radix: 16)
        self.isNetwork = known?.isNetwork ?? false
        // File systems in user space may say anything: a product that does not fit is "enough", not a trap.
        let (freeBytes, overflow) = facts.blocks_available.multipliedReportingOverflow(by: facts.block_bytes)
        self.freeBytes = overflow ? .max : Int(clamping: freeBytes)
        self.freeInodes = facts.inodes == 0 ? nil : Int(clamping: facts.inodes_free)
    }

    /// Magic numbers: linux/magic.h, statfs(2), and the sources of the file systems that are in neither.
    private static let known: [UInt64: (name: String, isNetwork: Bool)] = [
        0xEF53: ("ext4", false),
        0x5846_5342: ("xfs", false),
        0x9123_683E: ("btrfs", false),
        0x0102_1994: ("tmpfs", false),
        0xF2F5_2010: ("f2fs", false),
        0x2FC1_2FC1: ("zfs", false),
        0xCA45_1A4E: ("bcachefs", false),
        0x794C_7630: ("overlayfs", false),
        0x4D44: ("vfat", false),
        0x2011_BAB0: ("exfat", false),
        0x6969: ("nfs", true),
        0x517B: ("smb", true),
        0xFF53_4D42: ("cifs", true),
        0xFE53_4D42: ("smb2", true),
        // sshfs, s3fs and their like; also local ones, which then cost a poll that was not needed.
        0x6573_5546: ("fuse", true),
        0x0102_1997: ("9p", true),
        0x00C3_6400: ("ceph", true),
        0x5346_414F: ("afs", true),
        0x6B41_4653: ("kafs", true),
        0x7375_7245: ("coda", true),
        0x0116_1970: ("gfs2", true),
        0x7461_636F: ("ocfs2", true),
        0x0BD0_0BD0: ("lustre", true),
        0x4750_4653: ("gpfs", true),
        0x1983_0326: ("beegfs", true),
        0x786F_4256: ("vboxsf", true),
        0xBACB_ACBC: ("vmhgfs", true),
    ]
}
