// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// `bobbin-watch DIR...`: says on standard output that something happened to a name in one of the directories.
///
/// Each DIR and each of its immediate subdirectories whose name has no leading dot is watched, also those that appear
/// later. What is written are frames (`Frame`); a frame is a reason to look, never a statement about a file. It ends
/// when standard input does, which is how it learns that its parent is gone. The exit codes are in `Ending`.
///
/// It is a process of its own because libinotifytools is GPL-2, keeps its state in globals, and aborts the process
/// when its descriptor is too large: none of that may reach the program that reads the frames.
@main
enum BobbinWatch {
    static func main() {
        // A reader that went away is an error to return, and Ctrl-C at a terminal is the parent's to answer: it closes
        // our standard input.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGINT, SIG_IGN)
        let ending = watchUntilTheEnd()
        ending.say()
        exit(ending.code)
    }

    private static func watchUntilTheEnd() -> Ending {
        let directories = Path.arguments()
        guard !directories.isEmpty else { return .usage }
        Confinement.begin()
        do throws(Ending) {
            var watch = Watch(inotify: try Inotify())
            try watch.start(directories)
            try watch.run()
        } catch {
            return error
        }
    }
}
