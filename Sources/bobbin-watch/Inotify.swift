// SPDX-License-Identifier: GPL-2.0-only

import CInotifyTools
import Glibc

/// The one inotify instance, through libinotifytools. All calls are made on the main thread: the library keeps
/// everything in globals and function statics.
///
/// The library's record of which path belongs to which watch is not used, because it never forgets a path whose
/// watch died and keeps the old path of a directory that was renamed. It is asked for one thing only: the number of
/// the watch that was just set, and for that each call spells its path as no call did before. Its regular expressions
/// are not used either: an inclusive one swallows the overflow event.
struct Inotify {
    /// One event, copied out of the library's buffer before the next call overwrites it.
    struct Event {
        var watch: Int32
        var mask: UInt32
        /// The name inside the watched directory; empty for events of the directory itself.
        var name: Path

        func has(_ flags: Int32...) -> Bool {
            flags.contains { mask & UInt32(bitPattern: $0) != 0 }
        }

        var isOverflow: Bool { mask & UInt32(IN_Q_OVERFLOW) != 0 }
        var isOfDirectory: Bool { mask & UInt32(IN_ISDIR) != 0 }
    }

    enum Setting {
        case watch(Int32)
        case failed(error: Int32)
    }

    /// The library forgets no watch: whoever makes directories and removes them would fill the memory.
    static let watchesMax: UInt32 = 100_000

    private var spellings: UInt32 = 0

    var isWornOut: Bool { spellings >= Self.watchesMax }

    /// Called before any other descriptor is opened: the library hands its own to select(), which ends the process
    /// when the number is FD_SETSIZE or more.
    init() throws(Ending) {
        guard inotifytools_initialize() == 1 else {
            throw .noInotify("this user", error: inotifytools_error())
        }
        guard let descriptor = try Self.descriptor() else { return }
        guard descriptor < FD_SETSIZE else { throw .noInotify("descriptor \(descriptor)", error: EMFILE) }
        // The library opens it without. Nothing is executed from here, so this is for whoever changes that.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    /// Watches a directory, or changes the watch that its inode has already, which is then the one returned.
    mutating func watch(_ path: Path, for events: UInt32) -> Setting {
        spellings += 1
        let spelled = path.spelled(spellings)
        guard inotifytools_watch_file(spelled.terminated, Int32(bitPattern: events)) == 1 else {
            return .failed(error: inotifytools_error())
        }
        // Filed with a slash behind it if the path still was a directory a moment later, else without.
        let slashed = inotifytools_wd_from_filename(spelled.appending(Path([])).terminated)
        let watch = slashed >= 0 ? slashed : inotifytools_wd_from_filename(spelled.terminated)
        return watch >= 0 ? .watch(watch) : .failed(error: ENOMEM)
    }

    /// Ends a watch that is alive. For a dead one the library would complain on standard error.
    func remove(_ watch: Int32) {
        _ = inotifytools_remove_watch_by_wd(watch)
    }

    /// The next event, or nil after about a second without one or when a signal came.
    ///
    /// It is asked for one at a time: for more, the library spins past its time-out. Zero would wait for ever.
    func next() throws(Ending) -> Event? {
        guard let event = inotifytools_next_event(1) else {
            let error = inotifytools_error()
            guard error == 0 || error == EINTR else { throw .unreadable(error: error) }
            return nil
        }
        // `name` is a flexible array behind the structure, which Swift does not import; `len` counts its NUL padding.
        // The pointer is the library's static buffer, valid until the next call.
        let name = UnsafeRawBufferPointer(
            start: UnsafeRawPointer(event) + MemoryLayout<inotify_event>.size, count: Int(event.pointee.len))
        return Event(
            watch: event.pointee.wd, mask: event.pointee.mask,
            name: Path(name.prefix { $0 != 0 }.map { CChar(bitPattern: $0) }))
    }

    /// The library's descriptor, which it does not export; nil where /proc cannot tell.
    private static func descriptor() throws(Ending) -> Int32? {
        guard let directory = opendir("/proc/self/fd") else {
            // No descriptor is left to list subdirectories with either.
            if errno == EMFILE || errno == ENFILE { throw .noInotify("this process", error: errno) }
            return nil
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = Directory.name(of: entry)
            var target = [CChar](repeating: 0, count: 32)
            let length = readlink("/proc/self/fd/\(name)", &target, target.count)
            if length > 0, Path(Array(target.prefix(length))).description == "anon_inode:inotify" {
                return Int32(name.description)
            }
        }
        return nil
    }
}
