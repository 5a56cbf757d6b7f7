// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// Why the process ends. The exit codes are the second half of the interface, next to the frames; they are those of
/// sysexits.h, so that they mean something in a journal too.
enum Ending: Error {
    /// Standard input ended or nobody reads the frames: 0, and no word about it.
    case parentGone
    /// 64: no directory was given.
    case usage
    /// 66: a directory cannot be watched.
    case noDirectory(Path, error: Int32)
    /// 69: the kernel has no inotify instance or watch left for this user. Trying again soon does not help.
    case noInotify(String, error: Int32)
    /// 71: the events cannot be read.
    case unreadable(error: Int32)
    /// 74: the frames cannot be written.
    case unwritable(error: Int32)
    /// 75: a directory was moved, removed, unmounted or covered. Its `L` frame was written; start again.
    case directoryLost(Path)
    /// 75: the library remembers as many watches as it may. Start again.
    case wornOut

    var code: Int32 {
        switch self {
        case .parentGone: 0
        case .usage: 64
        case .noDirectory: 66
        case .noInotify: 69
        case .unreadable: 71
        case .unwritable: 74
        case .directoryLost, .wornOut: 75
        }
    }

    private var words: String? {
        switch self {
        case .parentGone: nil
        case .usage: "usage: bobbin-watch DIR..."
        case .noDirectory(let path, let error): "cannot watch \(path): \(reason(error))"
        case .noInotify(let what, let error):
            "no inotify for \(what): \(reason(error)); see the limits in /proc/sys/fs/inotify"
        case .unreadable(let error): "cannot read events: \(reason(error))"
        case .unwritable(let error): "cannot write frames: \(reason(error))"
        case .directoryLost(let path): "\(path) is not the directory any more that was watched"
        case .wornOut: "\(Inotify.watchesMax) watches were set, each of which takes memory for good: start again"
        }
    }

    /// One line on standard error, in words.
    func say() {
        if let words { warn(words) }
    }
}

/// One line on standard error, written at once: it ends up in the parent's log. Standard error is the last resort, so
/// a failure to write to it has nowhere to go.
func warn(_ words: String) {
    let line = Array("bobbin-watch: \(words)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
}

func reason(_ error: Int32) -> String {
    strerror(error).map { String(cString: $0) } ?? "error \(error)"
}
