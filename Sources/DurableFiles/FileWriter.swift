import SystemPackage

/// Buffered writing to a file that is not published yet; `DurableFile.publish` makes and finishes it.
package struct FileWriter: ~Copyable {
    private static let bufferBytes = 256 << 10

    private let file: OpenFile
    private var buffer: [UInt8] = []
    /// Bytes taken so far.
    package private(set) var sizeBytes = 0

    init(_ file: consuming OpenFile) {
        self.file = file
    }

    package mutating func write(_ bytes: Span<UInt8>) throws(FileError) {
        sizeBytes += bytes.count
        if buffer.count + bytes.count > Self.bufferBytes { try flush() }
        if bytes.count > Self.bufferBytes { return try file.write(bytes) }
        bytes.withUnsafeBufferPointer { buffer += $0 }
    }

    package mutating func write(_ bytes: [UInt8]) throws(FileError) {
        try write(bytes.span)
    }

    package mutating func write(_ bytes: ArraySlice<UInt8>) throws(FileError) {
        try write(bytes.span)
    }

    /// Makes what was written so far durable.
    mutating func syncData() throws(FileError) {
        try flush()
        try file.syncData()
    }

    consuming func finish(durable: Bool) throws(FileError) {
        try flush()
        if durable { try file.sync() }
        try file.close()
    }

    private mutating func flush() throws(FileError) {
        if buffer.isEmpty { return }
        try file.write(buffer.span)
        buffer.removeAll(keepingCapacity: true)
    }
}
