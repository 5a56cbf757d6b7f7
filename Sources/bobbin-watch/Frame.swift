// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// What is written to standard output: a type byte, the bytes of an absolute path where there is one, and a NUL.
enum Frame {
    /// `R`: all watches are set. What happened before is found by a scan, what happens now by a frame.
    case ready
    /// `H` + path: something happened to this name.
    case hint(Path)
    /// `D` + path: a directory appeared and is watched from now on; what is in it already is found by a scan.
    case directory(Path)
    /// `O`: events were lost in the kernel.
    case overflow
    /// `L` + path: a directory is not watched any more.
    case lost(Path)

    private var parts: (type: UInt8, path: Path?) {
        switch self {
        case .ready: (UInt8(ascii: "R"), nil)
        case .hint(let path): (UInt8(ascii: "H"), path)
        case .directory(let path): (UInt8(ascii: "D"), path)
        case .overflow: (UInt8(ascii: "O"), nil)
        case .lost(let path): (UInt8(ascii: "L"), path)
        }
    }

    /// Writes the frame, waiting for a slow reader: the kernel's queue and its overflow event are the only buffer.
    func send() throws(Ending) {
        let (type, path) = parts
        var rest = [CChar(bitPattern: type)] + (path?.terminated ?? [0])
        while !rest.isEmpty {
            let written = write(STDOUT_FILENO, rest, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                throw errno == EPIPE ? .parentGone : .unwritable(error: errno)
            }
            rest.removeFirst(written)
        }
    }
}
