// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// What is asked of a directory by path.
enum Directory {
    /// Which directory a path leads to: device and inode, nil when it leads nowhere. Follows symbolic links.
    struct Identity: Equatable {
        var device: dev_t
        var inode: ino_t

        init?(of path: Path) {
            var found = stat()
            guard stat(path.terminated, &found) == 0 else { return nil }
            device = found.st_dev
            inode = found.st_ino
        }
    }

    /// The paths of the immediate subdirectories without a leading dot; symbolic links are none.
    static func subdirectories(of path: Path) throws(Ending) -> [Path] {
        guard let directory = opendir(path.terminated) else { throw .noDirectory(path, error: errno) }
        defer { closedir(directory) }
        var found: [Path] = []
        while let entry = readdir(directory) {
            let name = name(of: entry)
            guard !name.startsWithDot else { continue }
            switch Int(entry.pointee.d_type) {
            // Some file systems do not say: then the watch finds out, it is set on directories only.
            case DT_DIR, DT_UNKNOWN: found.append(path.appending(name))
            default: continue
            }
        }
        return found
    }

    static func name(of entry: UnsafeMutablePointer<dirent>) -> Path {
        // d_name is an array of 256 characters that holds a NUL, imported as a tuple; it is copied at once.
        withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            Path(bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) })
        }
    }
}
