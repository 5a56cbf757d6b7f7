// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// Whoever holds the other end of standard input.
enum Parent {
    /// True once standard input has ended. What is written to it is read and means nothing.
    static func isGone() -> Bool {
        var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&input, 1, 0) > 0 else { return false }
        guard Int32(input.revents) & POLLNVAL == 0 else { return true }
        var ignored = [UInt8](repeating: 0, count: 512)
        return read(STDIN_FILENO, &ignored, ignored.count) == 0
    }
}
