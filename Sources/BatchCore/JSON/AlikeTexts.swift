/// Texts that are likely to have one skeleton, scanned one after the other.
package struct AlikeTexts: Sendable {
    private var skeleton = JSONSkeleton()
    private var hasSkeleton = false
    /// Of the last text. Two texts of one form have the same nodes, but for where they begin and end, and the same
    /// values but for those that vary.
    package private(set) var form = 0
    /// Texts with a skeleton of their own.
    private var others = 0
    private var misses = 0
    /// Texts to be scanned without a thought of skeletons, because the last ones had none in common.
    private var pause = 0

    private static let patience = 4
    private static let longestPause = 64

    package init() {}

    /// As `JSONTape.scan`.
    package mutating func scan(_ text: Span<UInt8>, into tape: inout JSONTape) throws(JSONError) {
        if pause == 0, hasSkeleton, skeleton.lay(text, on: &tape) {
            misses = 0
            form = 2 * skeleton.version
            return
        }
        others += 1
        form = 2 * others + 1
        try tape.scan(text)
        if pause > 0 {
            pause -= 1
            return
        }
        misses += 1
        hasSkeleton = skeleton.learn(text, on: tape)
        if hasSkeleton { form = 2 * skeleton.version }
        if misses > Self.patience { pause = min(Self.longestPause, misses) }
    }

    /// Is the value at that node of the last text the same in all texts of its form?
    package func isConstant(_ node: Int) -> Bool {
        hasSkeleton && form == 2 * skeleton.version && skeleton.isConstant(node)
    }
}
