/// An upper bound on what one request takes: no server exceeds it without lying (how: `RequestShape`).
package struct TokenBound: Hashable, Sendable {
    /// No request takes more tokens than this in either part. A count above it is a slip or a lie, and sums of such
    /// counts would overflow.
    package static let limit = 1 << 32

    package var prompt: Int
    package var completion: Int
    /// Images in the prompt. Their tokens are a part of it; some providers bill each of them beside.
    package var images: Int

    package init(prompt: Int, completion: Int, images: Int = 0) {
        self.prompt = prompt
        self.completion = completion
        self.images = images
    }

    package var total: Int { prompt + completion }
}
