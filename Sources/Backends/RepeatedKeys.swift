/// Some endpoints repeat the key to who sent it, in the words of an error or in an id. What they say goes to results,
/// reports and the hash log, where no key is to stand.
extension BackendRequest {
    static let inPlaceOfKey = "(the key)"
    /// A shorter one is what a server without keys wants to hear, such as "none", and may be a word of an answer.
    private static let shortestKey = 8

    /// What says who asks.
    var secrets: [String] {
        (headers.filter { $0.name.hasSuffix("key") }.map(\.value) + [bearerToken].compactMap(\.self))
            .filter { $0.utf8.count >= Self.shortestKey }
    }
}

extension BackendResult {
    /// Without the keys of its request in the id, and in the body of an error. What a model answered stays as it is.
    package func withoutKeys(of request: BackendRequest) -> BackendResult {
        guard case .response(var response) = self else { return self }
        for secret in request.secrets {
            response.requestID = response.requestID?.replacing(secret, with: BackendRequest.inPlaceOfKey)
            if 200..<300 ~= response.status { continue }
            response.body.replace(Array(secret.utf8), with: Array(BackendRequest.inPlaceOfKey.utf8))
        }
        return .response(response)
    }
}
