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

    /// The frame at the start of `bytes`, by its own headers.
    /// - Returns: how long it is and how much it holds; nil if no whole frame stands there.
    static func size(at bytes: ArraySlice<UInt8>) -> (frame: Int, content: Int)? {
        bytes.withUnsafeBytes { bytes in
            let frame = ZSTD_findFrameCompressedSize(bytes.baseAddress, bytes.count)
            guard ZSTD_isError(frame) == 0 else { return nil }
            let content = ZSTD_getFrameContentSize(bytes.baseAddress, bytes.count)
            // The two values at the top say that the size is not there, or that this is no frame.
            guard content < UInt64(UInt32.max) else { return nil }
            return (frame, Int(content))
        }
    }
}
