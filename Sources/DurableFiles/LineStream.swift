import CLinux
import Glibc
package import SystemPackage

/// Lines of a file, or of standard input, read once from where it stands and in bounded memory. For who has other work
/// to do between two parts.
package struct LineStream: ~Copyable {
    private enum Source: ~Copyable {
        case file(OpenFile)
        case standardInput
    }

    private let source: Source
    private var window: LineWindow

    /// - Parameter path: nil is standard input.
    /// - Throws: ENOENT where nothing has that name.
    package init(_ path: FilePath?, limitLineBytes: Int) throws(FileError) {
        window = LineWindow(offset: 0, limitLineBytes: limitLineBytes)
        if let path {
            // A pipe that was named is read like one, so it may be waited for.
            source = .file(try OpenFile(path, O_RDONLY))
        } else {
            source = .standardInput
        }
    }

    /// Reads one part and shows the lines that end in it.
    /// - Parameters:
    ///   - tooLong: gets the offset and the length of a line above the limit.
    ///   - line: as `LineFile.scan`. Both return false to end the reading.
    /// - Returns: false when there is no more, or a closure said so.
    package mutating func readOn(
        tooLong: (_ offset: Int, _ length: Int) -> Bool,
        line: (_ offset: Int, _ line: Span<UInt8>, _ endsWithNewline: Bool) -> Bool
    ) throws(FileError) -> Bool {
        let count = try window.fill { buffer, range, _ throws(FileError) in
            switch source {
            case .file(let file): try Self.read(file.descriptor, file.path, &buffer, range)
            case .standardInput: try Self.read(STDIN_FILENO, "standard input", &buffer, range)
            }
        }
        return window.showLines(isLast: count == 0, tooLong: tooLong, line: line) && count > 0
    }

    private static func read(
        _ descriptor: Int32, _ path: FilePath, _ buffer: inout [UInt8], _ range: Range<Int>
    ) throws(FileError) -> Int {
        try call(.read, path) { most in
            buffer.withUnsafeMutableBytes { bytes in
                let part = UnsafeMutableRawBufferPointer(rebasing: bytes[range])
                return clinux_read(descriptor, part.baseAddress, min(part.count, most))
            }
        }
    }
}
