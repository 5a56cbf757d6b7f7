import BatchCore
import Daemon
import Testing

@Suite("A webhook is signed as Standard Webhooks says")
struct WebhookSignatureTests {
    /// The vector of the specification's reference libraries.
    @Test("their id, time, payload and secret give their signature")
    func vector() throws {
        let secret = try #require(WebhookSignature.secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let headers = WebhookSignature.headers(
            of: Array(#"{"test": 2432232314}"#.utf8), id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            at: Timestamp(seconds: 1_614_265_330), secret: secret)
        #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        #expect(
            headers.map(\.value) == [
                "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ])
    }

    @Test("a secret without the prefix is its own bytes; an empty one, or no Base64 behind the prefix, is none")
    func secrets() {
        #expect(WebhookSignature.secret("correct horse") == Array("correct horse".utf8))
        #expect(WebhookSignature.secret("whsec_c2VjcmV0") == Array("secret".utf8))
        #expect(WebhookSignature.secret("") == nil)
        #expect(WebhookSignature.secret("whsec_") == nil)
        #expect(WebhookSignature.secret("whsec_not base64") == nil)
    }

    @Test("the payload has type, timestamp and data; a program gets the id as well")
    func payload() throws {
        let at = try #require(Timestamp("2026-11-24T10:00:00.123Z"))
        let notice = Notice(id: "msg_1", event: "job.parked", at: at, facts: ["reason": "a \"cap\"", "job": "j"])
        let rest =
            #""type":"job.parked","timestamp":"2026-11-24T10:00:00.123Z","data":{"job":"j","reason":"a \"cap\""}}"#
        #expect(String(decoding: notice.payload, as: UTF8.self) == "{" + rest)
        #expect(String(decoding: notice.payloadWithID, as: UTF8.self) == #"{"id":"msg_1","# + rest)
    }
}
