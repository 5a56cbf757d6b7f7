import SystemPackage

/// One frame as `bobbin-watch` writes it: a type byte, an absolute path where there is one, a NUL.
enum HelperFrame: Equatable, Sendable {
    /// `R`: all watches are set.
    case ready
    /// `H` directory `/` name, `D` directory, `O`, `L` directory.
    case hint(Hint)

    /// - Parameter bytes: the frame without its NUL.
    init(_ bytes: some Collection<UInt8>) throws(HintFrameError) {
        let path = bytes.dropFirst()
        switch (bytes.first, path.first) {
        case (UInt8(ascii: "R"), nil): self = .ready
        case (UInt8(ascii: "O"), nil): self = .hint(.scan(.overflow))
        case (UInt8(ascii: "D"), UInt8(ascii: "/")): self = .hint(.scan(.directoryChanged(FilePath(bytes: path))))
        case (UInt8(ascii: "L"), UInt8(ascii: "/")): self = .hint(.scan(.watchLost(FilePath(bytes: path))))
        case (UInt8(ascii: "H"), UInt8(ascii: "/")): self = .hint(try Self.look(at: Array(path), frame: bytes))
        default: throw .unknown(Array(bytes))
        }
    }

    private static func look(at path: [UInt8], frame: some Collection<UInt8>) throws(HintFrameError) -> Hint {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")), slash < path.count - 1 else {
            throw .unknown(Array(frame))
        }
        return .look(directory: FilePath(bytes: path[..<max(slash, 1)]), name: Array(path[(slash + 1)...]))
    }
}

/// What the helper wrote is no frame: it is not the helper that belongs to this version.
enum HintFrameError: Error, Equatable, CustomStringConvertible {
    case unknown([UInt8])
    case tooLong(bytes: Int)

    var description: String {
        let what =
            switch self {
            case .unknown(let frame): "\(frame.count) bytes that are no frame"
            case .tooLong(let bytes): "a frame of more than \(bytes) bytes"
            }
        return "the helper wrote \(what): does it belong to this version?"
    }
}

extension FilePath {
    /// A path of raw bytes without NUL.
    init(bytes: some Collection<UInt8>) {
        self.init(platformString: bytes.map { CInterop.PlatformChar(bitPattern: $0) } + [0])
    }
}
