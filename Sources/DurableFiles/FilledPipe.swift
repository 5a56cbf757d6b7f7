import CLinux
package import SystemPackage

/// Standard input for a program that may end without reading it: whoever writes to such a program meets a closed pipe.
package enum FilledPipe {
    /// The reading end of a pipe that holds all of `bytes` and has no writer left. The caller closes it.
    /// - Returns: nil where it has no room for them (64 KiB, or a page for a user with very many pipes), or where the
    ///   process has too many files open.
    package static func holding(_ bytes: [UInt8]) -> FileDescriptor? {
        var ends: (reading: Int32, writing: Int32) = (-1, -1)
        let made = withUnsafeMutableBytes(of: &ends) { clinux_pipe($0.assumingMemoryBound(to: Int32.self).baseAddress) }
        guard made == 0 else { return nil }
        let written = clinux_write(ends.writing, bytes, bytes.count)
        _ = clinux_close(ends.writing)
        if written == bytes.count { return FileDescriptor(rawValue: ends.reading) }
        _ = clinux_close(ends.reading)
        return nil
    }
}
