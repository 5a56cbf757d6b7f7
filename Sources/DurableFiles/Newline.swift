import Glibc

/// Where the first newline of a part of a buffer stands; nil: there is none.
func newline(of buffer: [UInt8], in part: Range<Int>) -> Int? {
    precondition(part.lowerBound >= 0 && part.upperBound <= buffer.count, "a part beyond its buffer")
    return unsafe buffer.withUnsafeBytes { bytes in
        // Within bounds by the line above.
        guard let start = bytes.baseAddress,
            let found = unsafe memchr(start + part.lowerBound, Int32(UInt8(ascii: "\n")), part.count)
        else { return nil }
        return unsafe UnsafeRawPointer(found) - start
    }
}
