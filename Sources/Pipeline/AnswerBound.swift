import BatchCore

extension BatchRequest {
    /// The most bytes that an answer is taken with: nobody is to fill the memory with what was never asked for.
    ///
    /// A token of text has some bytes, and with twenty logprobs beside it two thousand; a server may say as much of the
    /// tokens of the prompt. What an embedding has follows from nothing that the line says.
    /// - Parameters:
    ///   - worstCase: the tokens that it can have, and its prompt.
    ///   - most: `answer_bytes_max` of its endpoint.
    func answerBytesMax(_ worstCase: Amount, atMost most: Int) -> Int {
        guard kind.url != .embeddings, worstCase.tokens < most / Self.bytesPerToken else { return most }
        return min(most, Self.envelopeBytes + worstCase.tokens * Self.bytesPerToken)
    }

    private static let bytesPerToken = 4096
    private static let envelopeBytes = 1 << 20
}
