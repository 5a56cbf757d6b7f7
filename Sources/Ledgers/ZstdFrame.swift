import CZstd

/// libzstd, one frame at a time: independent, with its content's size and checksum in it (RFC 8878).
struct FrameCompressor: ~Copyable {
    private let context: OpaquePointer

    init() {
        guard let context = ZSTD_createCCtx() else { fatalError("libzstd has no memory for a context") }
        self.context = context
        // The library's default level: what is stored costs less than what another core would.
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 3)
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit { ZSTD_freeCCtx(context) }

    /// - Returns: a frame that was read back and held just these bytes; nil if it did not.
    func frame(of bytes: [UInt8]) -> [UInt8]? {
        let frame = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, count in
            let written = bytes.withUnsafeBytes {
                ZSTD_compress2(context, buffer.baseAddress, buffer.count, $0.baseAddress, $0.count)
            }
            count = ZSTD_isError(written) == 0 ? written : 0
        }
        return ZstdFrame.content(of: frame, sizeBytes: bytes.count) == bytes ? frame : nil
    }
}

enum ZstdFrame {
    /// - Returns: nil if the frame is not as written, or holds another number of bytes.
    static func content(of frame: [UInt8], sizeBytes: Int) -> [UInt8]? {
        var isWhole = false
        let content = [UInt8](unsafeUninitializedCapacity: max(1, sizeBytes)) { buffer, count in
            let read = frame.withUnsafeBytes {
                ZSTD_decompress(buffer.baseAddress, sizeBytes, $0.baseAddress, $0.count)
            }
            isWhole = ZSTD_isError(read) == 0 && read == sizeBytes
            count = isWhole ? sizeBytes : 0
        }
        return isWhole ? content : nil
    }

    /// As the first four bytes of a frame: 0xFD2FB528, little-endian (RFC 8878, 3.1.1). No text in UTF-8 has them.
    static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

    /// No frame of ours holds more: one line, at its longest, behind what is less than a frame.
    private static let limitContentBytes = SegmentReader.limitLineBytes + SegmentCompression.frameBytes

    /// The frame at the start of `bytes`, by its own headers.
    /// - Returns: how long it is and how much it holds; nil if no whole frame stands there.
    static func size(at bytes: ArraySlice<UInt8>) -> (frame: Int, content: Int)? {
        guard let content = contentSize(at: bytes) else { return nil }
        let frame = bytes.withUnsafeBytes { ZSTD_findFrameCompressedSize($0.baseAddress, $0.count) }
        return ZSTD_isError(frame) == 0 ? (frame, content) : nil
    }

    /// How much the frame at the start of `bytes` says that it holds; nil: no frame of ours begins there.
    static func contentSize(at bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.starts(with: magic) else { return nil }
        let content = bytes.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        // The two values at the top say that the size is not there, or that this is no frame.
        return content <= UInt64(limitContentBytes) ? Int(content) : nil
    }

    /// What can be had of a frame that is not as written: the blocks before the damage, or all with a byte that is
    /// wrong. Spaces and a newline stand for the rest. Whoever reads it checks each line by its own sum.
    static func salvage(_ frame: [UInt8], sizeBytes: Int) -> [UInt8] {
        var content = [UInt8](repeating: UInt8(ascii: " "), count: sizeBytes)
        guard sizeBytes > 0, let context = ZSTD_createDCtx() else { return content }
        defer { ZSTD_freeDCtx(context) }
        content.withUnsafeMutableBytes { content in
            frame.withUnsafeBytes { frame in
                var output = ZSTD_outBuffer(dst: content.baseAddress, size: content.count, pos: 0)
                var input = ZSTD_inBuffer(src: frame.baseAddress, size: 0, pos: 0)
                // In parts: of a whole frame the library gives all or nothing.
                for end in stride(from: 4096, to: frame.count + 4096, by: 4096) {
                    input.size = min(end, frame.count - 1)
                    if ZSTD_isError(ZSTD_decompressStream(context, &output, &input)) != 0 { return }
                }
            }
        }
        content[sizeBytes - 1] = UInt8(ascii: "\n")
        return content
    }
}
