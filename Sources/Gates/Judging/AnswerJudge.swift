package import BatchCore

/// A judge outside of Bobbin, which looks at what no check can see. Too dear for every answer: it is asked about a
/// sample.
package protocol AnswerJudge: Sendable {
    /// Asks until there is a verdict, a few times at most.
    /// - Parameter isStopping: once it is true no verdict is waited for.
    func judge(
        _ question: JudgeQuestion, by policy: JudgeProgram, unless isStopping: @escaping @Sendable () -> Bool
    ) async -> Judgement
}

/// What a judge says of an answer.
package enum Judgement: Equatable, Sendable {
    case pass
    /// - Parameter reason: in the words of the judge, shortened.
    case fail(reason: String)
    /// There is no verdict, and why: trouble with the judge says nothing about the answer.
    case none(because: String)
}

/// One answer, with what was asked for.
package struct JudgeQuestion: Sendable {
    package var customID: String?
    package var url: String
    /// The body of the request as it was delivered: JSON.
    package var request: [UInt8]
    /// The body of the response: JSON.
    package var response: [UInt8]
    /// The texts of the choices, one under the other.
    package var text: String
    /// The texts are not all of the answer.
    package var callsTool: Bool

    package init(
        customID: String?, url: String, request: [UInt8], response: [UInt8], text: String, callsTool: Bool = false
    ) {
        self.customID = customID
        self.url = url
        self.request = request
        self.response = response
        self.text = text
        self.callsTool = callsTool
    }

    /// One line of JSON: `custom_id`, `url`, `request`, `response`, `text`.
    package var json: [UInt8] {
        var writer = JSONWriter(reserving: request.count + response.count + text.utf8.count + 128)
        writer.object { writer in
            writer.member("custom_id", customID)
            writer.member("url", url)
            writer.member("request", raw: request)
            writer.member("response", raw: response)
            writer.member("text", text)
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }
}
