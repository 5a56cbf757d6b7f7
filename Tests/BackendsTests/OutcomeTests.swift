import Testing

@testable import Backends

@Suite("What libcurl reports becomes not sent only if the request had not begun")
struct OutcomeTests {
    private func evidence(
        _ code: UInt32, began: Bool, answer: Bool = false, stop: CurlEvidence.Stop? = nil
    ) -> CurlEvidence {
        CurlEvidence(code: code, requestBegan: began, answerBegan: answer, stop: stop, detail: "words")
    }

    @Test("every code of libcurl, before and after the request began", arguments: UInt32(1)...100)
    func everyCode(code: UInt32) {
        #expect(evidence(code, began: false).result.notSentKind != nil)
        #expect(evidence(code, began: true).result.unknownKind != nil)
        #expect(evidence(code, began: true, answer: true).result.unknownKind != nil)
    }

    @Test(
        "every reason to stop from this side",
        arguments: [.cancelled, .closed, .tooLarge(limitBytes: 1)] as [CurlEvidence.Stop])
    func everyStop(stop: CurlEvidence.Stop) {
        #expect(evidence(0, began: false, stop: stop).result.notSentKind != nil)
        #expect(evidence(0, began: true, stop: stop).result.unknownKind != nil)
    }

    @Test(
        "kinds before the request",
        arguments: [
            (5, .resolve), (6, .resolve), (7, .connect), (97, .connect), (56, .connect), (35, .tls), (60, .tls),
            (77, .tls), (28, .timeout), (1, .other), (3, .other),
        ] as [(UInt32, BackendTrouble.Kind)])
    func before(code: UInt32, kind: BackendTrouble.Kind) {
        #expect(evidence(code, began: false).result.notSentKind == kind)
    }

    @Test(
        "kinds after it, with no answer and within one",
        arguments: [
            (28, .timeout, .timeout), (52, .reset, .cutAnswer), (55, .reset, .cutAnswer), (56, .reset, .cutAnswer),
            (65, .reset, .cutAnswer), (42, .reset, .cutAnswer), (92, .reset, .cutAnswer), (18, .cutAnswer, .cutAnswer),
            (61, .cutAnswer, .cutAnswer), (8, .other, .other),
        ] as [(UInt32, BackendTrouble.Kind, BackendTrouble.Kind)])
    func after(code: UInt32, silent: BackendTrouble.Kind, answering: BackendTrouble.Kind) {
        #expect(evidence(code, began: true).result.unknownKind == silent)
        #expect(evidence(code, began: true, answer: true).result.unknownKind == answering)
    }

    @Test("a request begins when libcurl is about to send, and at the latest when it takes the body")
    func begins() {
        var (aboutToSend, taken) = (CurlProgress(), CurlProgress())
        #expect(!aboutToSend.requestBegan)
        _ = aboutToSend.mayBegin()
        _ = taken.takeNext(of: [1], atMost: 1)
        #expect(aboutToSend.requestBegan && taken.requestBegan)
    }

    @Test("a message says what, when and libcurl's number")
    func message() {
        let evidence = CurlEvidence(
            code: 7, requestBegan: false, answerBegan: false, stop: nil, detail: "Failed to connect to 127.0.0.1 port 1"
        )
        #expect(
            evidence.message
                == "no connection before the request was sent: Failed to connect to 127.0.0.1 port 1 (libcurl 7)")
    }

    @Test("no URL gets into a message, since it may hold a password")
    func noURL() {
        let quoting = "Unsupported proxy syntax in 'http://user:password@host:x': Port number was not a decimal number"
        #expect(CurlEvidence.detail(said: quoting, inGeneral: "in general") == "in general")
        #expect(CurlEvidence.detail(said: "", inGeneral: "in general") == "in general")
        #expect(CurlEvidence.detail(said: "Could not resolve host: h", inGeneral: "") == "Could not resolve host: h")
    }
}
