/// The tokens that a server says a request took. Counts are what was booked: never negative, `cached + cacheWrite`
/// within `input`, `reasoning` within `output`.
package struct Usage: Hashable, Sendable {
    /// Prompt tokens, those that were read from a cache or written to one included.
    package var input = 0
    package var cached = 0
    package var cacheWrite = 0
    /// Completion tokens, the reasoning ones included.
    package var output = 0
    package var reasoning = 0

    package init(input: Int = 0, cached: Int = 0, cacheWrite: Int = 0, output: Int = 0, reasoning: Int = 0) {
        self.input = input
        self.cached = cached
        self.cacheWrite = cacheWrite
        self.output = output
        self.reasoning = reasoning
    }

    package static let zero = Usage()

    package var total: Int { input + output }

    package static func + (left: Usage, right: Usage) -> Usage {
        Usage(
            input: left.input + right.input, cached: left.cached + right.cached,
            cacheWrite: left.cacheWrite + right.cacheWrite, output: left.output + right.output,
            reasoning: left.reasoning + right.reasoning)
    }

    package static func += (left: inout Usage, right: Usage) { left = left + right }
}
