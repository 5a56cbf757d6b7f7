/// A system call that the verbs of this target make, named as in the manual pages (section 2).
package enum FileOperation: String, Sendable, CaseIterable {
    case open, close, read, write, seek, truncate, fsync, fdatasync
    case rename, link, unlink, mkdir, rmdir, readdir
    case stat, statfs, clone, lease, lock
}
