/// What goes back for one request, and when. A value: `Connection` does as it says.
package struct SimulatedAnswer: Equatable, Sendable {
    package var status: Int
    /// In the order in which they are sent. Content-Type and Content-Length are added where they are not among them, so
    /// that a script may lie about both.
    package var headers: [Header] = []
    package var body: [UInt8]
    /// From the last byte of the request to the first byte of the answer.
    package var delay: Duration = .zero
    package var ending = Ending.whole
    /// What a provider would bill, whatever the answer's usage says; zero for an answer that is no 2xx.
    package var billed = BilledTokens()

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }

    package struct Header: Equatable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package enum Ending: String, CaseIterable, Sendable {
        case whole
        /// The connection closes in the middle of the body.
        case cut
        /// The connection closes without a byte of an answer, the request having been read.
        case drop
        /// Nothing comes until the client leaves or ten minutes have passed.
        case hang
    }
}

/// Tokens as the simulator counts them. All choices of an answer are in `output`.
package struct BilledTokens: Equatable, Sendable {
    package var input = 0
    package var output = 0

    package init(input: Int = 0, output: Int = 0) {
        self.input = input
        self.output = output
    }

    package static func += (left: inout BilledTokens, right: BilledTokens) {
        left.input += right.input
        left.output += right.output
    }
}
