import Glibc
package import SystemPackage

/// Names on Linux are bytes, not text: these keep what is no UTF-8 as it is.
extension FilePath {
    /// The path with one more name.
    /// - Parameter nameBytes: as `DurableFile.list` gives them: not empty, no `/`, no NUL.
    package func appending(nameBytes: [UInt8]) -> FilePath {
        precondition(
            !nameBytes.isEmpty && !nameBytes.contains(UInt8(ascii: "/")) && !nameBytes.contains(0),
            "a name is not empty and has neither slash nor NUL")
        let bytes = bytes
        return FilePath(bytes: bytes + (bytes.isEmpty || bytes.last == Self.slash ? [] : [Self.slash]) + nameBytes)
    }

    /// The bytes of the last name; empty for the root and the empty path.
    package var lastNameBytes: [UInt8] {
        let bytes = bytes
        return Array(bytes[(bytes.lastIndex(of: Self.slash) ?? -1) + 1..<bytes.count])
    }

    /// The directory that a name is in: `.` for a lone name.
    package var parent: FilePath {
        let bytes = bytes
        switch bytes.lastIndex(of: Self.slash) {
        case nil: return "."
        case 0: return "/"
        case let end?: return FilePath(bytes: Array(bytes[..<end]))
        }
    }

    /// For messages: control characters and bytes that are no UTF-8 stand as `%XX`, so that no name can write a line
    /// of its own into a log.
    package var printable: String {
        let bytes = bytes
        if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: \.isControl) {
            return text
        }
        return bytes.map { 0x21...0x7E ~= $0 ? String(UnicodeScalar($0)) : PercentName.escape($0) }.joined()
    }
}

/// SystemPackage keeps a path without double and trailing slashes. Its components are not needed for that: a debug
/// build checks them one by one at each step, which took half of the time of the tests.
extension FilePath {
    private static var slash: UInt8 { UInt8(ascii: "/") }

    private var bytes: [UInt8] { withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } }

    private init(bytes: [UInt8]) {
        self = (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer {
            FilePath(platformString: $0.baseAddress!)
        }
    }
}

extension Unicode.Scalar {
    /// Moves the cursor, ends the line, or turns the direction of what follows.
    fileprivate var isControl: Bool {
        [.control, .format, .lineSeparator, .paragraphSeparator].contains(properties.generalCategory)
    }
}
