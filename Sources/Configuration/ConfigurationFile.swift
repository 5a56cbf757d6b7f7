import SystemPackage

/// One of the four files, as it is on the disk.
enum ConfigurationFile {
    /// The file names, in the order in which problems are told.
    static let bobbin = "bobbin.toml"
    static let budget = "budget.toml"
    static let models = "models.toml"
    static let gate = "gate.toml"
    static let all = [bobbin, budget, models, gate]

    /// A larger file is no configuration but something that was put in its place.
    static let limitBytes = 1 << 20

    enum Contents {
        /// There is no such file: its defaults hold.
        case absent
        /// It cannot be read or is not TOML, and a finding says so.
        case unreadable
        case table(TomlNode)
    }

    static func contents(of path: FilePath, _ findings: inout Findings) -> Contents {
        let bytes: [UInt8]
        do throws(Errno) {
            guard let read = try read(path) else {
                findings.add("must be a regular file of at most \(limitBytes) bytes")
                return .unreadable
            }
            bytes = read
        } catch {
            if error == .noSuchFileOrDirectory { return .absent }
            findings.add("cannot be read: \(error)")
            return .unreadable
        }
        do throws(TomlDocument.SyntaxError) {
            return .table(try TomlDocument.parse(bytes))
        } catch {
            findings.add("not TOML: \(error.message)", line: error.line, column: error.column)
            return .unreadable
        }
    }

    /// - Returns: nil if it is no regular file (a FIFO would never end) or too large.
    static func read(_ path: FilePath, limitBytes: Int = limitBytes) throws(Errno) -> [UInt8]? {
        let file = try errno { try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking]) }
        let result = Result { () throws(Errno) -> [UInt8]? in try read(file, limitBytes) }
        try errno { try file.close() }
        return try result.get()
    }

    private static func read(_ file: FileDescriptor, _ limitBytes: Int) throws(Errno) -> [UInt8]? {
        guard try file.stat().type == .regular else { return nil }
        var bytes: [UInt8] = []
        while bytes.count <= limitBytes {
            let piece = try errno {
                try [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                    // The buffer is written by read(2) and used within this closure only.
                    count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
            }
            if piece.isEmpty { return bytes }
            bytes += piece
        }
        return nil
    }

    /// swift-system throws `Errno` and nothing else, but its signatures do not say so.
    private static func errno<Value>(_ call: () throws -> Value) throws(Errno) -> Value {
        do {
            return try call()
        } catch let error as Errno {
            throw error
        } catch {
            preconditionFailure("swift-system threw something that is no Errno: \(error)")
        }
    }
}
