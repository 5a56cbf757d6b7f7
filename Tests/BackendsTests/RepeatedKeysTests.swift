import Backends
import Testing

@Suite("A key that an endpoint repeats to who sent it stands nowhere")
struct RepeatedKeysTests {
    private func request(_ key: String) -> BackendRequest {
        BackendRequest(
            url: "http://127.0.0.1/v1", bearerToken: key, headers: [("x-api-key", "\(key)-2"), ("other", "a-word")],
            body: [],
            timeout: .seconds(1))
    }

    private func without(
        _ key: String, _ status: Int, _ body: String, id: String? = nil
    ) -> (body: String, id: String?)? {
        let result = BackendResult.response(BackendResponse(status: status, body: Array(body.utf8), requestID: id))
        guard case .response(let response) = result.withoutKeys(of: request(key)) else { return nil }
        return (String(decoding: response.body, as: UTF8.self), response.requestID)
    }

    @Test("in the words of an error, and in an id")
    func errors() {
        let words = #"{"error":"of sk-secret-2: sk-secret is wrong, a-word"}"#
        let said = without("sk-secret", 400, words, id: "sk-secret.1")
        #expect(said?.body == #"{"error":"of (the key): (the key) is wrong, a-word"}"#)
        #expect(said?.id == "(the key).1")
    }

    @Test("an answer stays as it is, but for its id")
    func answer() {
        let said = without("sk-secret", 200, "sk-secret", id: "sk-secret")
        #expect(said?.body == "sk-secret" && said?.id == "(the key)")
    }

    @Test("a word that a server without keys wants to hear is no secret")
    func placeholder() {
        #expect(without("none", 500, "there is none", id: "none")?.body == "there is none")
    }

    @Test("no answer has none")
    func unknown() {
        let trouble = BackendResult.unknown(BackendTrouble(kind: .timeout, message: "m"))
        #expect(trouble.withoutKeys(of: request("sk-secret")) == trouble)
    }
}
