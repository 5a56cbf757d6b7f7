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
        let terminated = nameBytes.map { CChar(bitPattern: $0) } + [0]
        guard let name = terminated.withUnsafeBufferPointer({ Component(platformString: $0.baseAddress!) }) else {
            preconditionFailure("SystemPackage refuses the name \(PercentName.escape(nameBytes))")
        }
        return appending(name)
    }

    /// The bytes of the last name; empty for the root and the empty path.
    package var lastNameBytes: [UInt8] {
        lastComponent?.withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } ?? []
    }

    /// For messages: control characters and bytes that are no UTF-8 stand as `%XX`, so that no name can write a line
    /// of its own into a log.
    package var printable: String {
        let bytes = withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
        if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: \.isControl) {
            return text
        }
        return bytes.map { 0x21...0x7E ~= $0 ? String(UnicodeScalar($0)) : PercentName.escape($0) }.joined()
    }
}

extension Unicode.Scalar {
    /// Moves the cursor, ends the line, or turns the direction of what follows.
    fileprivate var isControl: Bool {
        [.control, .format, .lineSeparator, .paragraphSeparator].contains(properties.generalCategory)
    }
}
