/// Cuts the bytes of the helper's pipe into frames, wherever a read happened to end.
struct HintFrames {
    /// A path of PATH_MAX bytes, a slash and a name of NAME_MAX bytes; more would only fill the memory.
    static let longestFrameBytes = 4096 + 1 + 255

    private var torn: [UInt8] = []

    /// - Parameter bytes: what was read, in order.
    /// - Returns: the frames that are complete now. A torn one is kept for the next call.
    mutating func take(_ bytes: some Collection<UInt8>) throws(HintFrameError) -> [HelperFrame] {
        var frames: [HelperFrame] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0) {
            frames.append(try HelperFrame(torn.isEmpty ? Array(rest[..<end]) : torn + rest[..<end]))
            torn.removeAll(keepingCapacity: true)
            rest = rest[rest.index(after: end)...]
        }
        torn += rest
        guard torn.count <= Self.longestFrameBytes else { throw .tooLong(bytes: Self.longestFrameBytes) }
        return frames
    }
}
