import CLinux

extension Span<UInt8> {
    /// Do these bytes stand somewhere in a row?
    package func contains(_ part: [UInt8]) -> Bool {
        withUnsafeBufferPointer { bytes in
            part.withUnsafeBufferPointer {
                clinux_contains(bytes.baseAddress, bytes.count, $0.baseAddress, $0.count) == 1
            }
        }
    }
}
