import Backends
import BatchCore
import Synchronization

/// A backend that does as a script says, and remembers what was sent.
final class StubBackend: CompletionBackend {
    struct Sent: Equatable, Sendable {
        let prompt: String
        let model: String
        /// The n-th time that this prompt was sent, from 1.
        let time: Int
        /// The n-th of all, from 1: which prompt that is depends on whose turn it was.
        let number: Int
        let token: String?
        let url: String
    }

    typealias Script = @Sendable (Sent) -> Reply

    enum Reply: Sendable {
        case now(BackendResult)
        /// The answer comes once `release()` is called.
        case held(BackendResult)
    }

    private struct State {
        var sent: [Sent] = []
        var times: [String: Int] = [:]
        var held: [CheckedContinuation<Void, Never>] = []
        var isReleased = false
        var inFlight = 0
        var mostInFlight = 0
    }

    private let state = Mutex(State())
    private let script: Script
    /// A process that has ended sends nothing.
    private let isDead: @Sendable () -> Bool

    init(unless isDead: @escaping @Sendable () -> Bool, _ script: @escaping Script) {
        self.isDead = isDead
        self.script = script
    }

    convenience init(_ script: @escaping Script = { .good($0) }) {
        self.init(unless: { false }, script)
    }

    var sent: [Sent] { state.withLock { $0.sent } }
    var prompts: [String] { sent.map(\.prompt) }
    var mostInFlight: Int { state.withLock { $0.mostInFlight } }
    var heldCount: Int { state.withLock { $0.held.count } }

    /// How often each prompt was sent.
    var counts: [String: Int] { state.withLock { $0.times } }

    /// Answers what is held, and everything from now on at once.
    func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            state.isReleased = true
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    /// Answers what is held; what comes then is held again.
    func releaseHeld() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    func send(_ request: BackendRequest) async -> BackendResult {
        if isDead() { return .notSent(BackendTrouble(kind: .cancelled, message: "the process has ended")) }
        let sent = note(request)
        switch script(sent) {
        case .now(let result):
            end()
            return result
        case .held(let result):
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if !state.isReleased { state.held.append(continuation) }
                    return state.isReleased
                }
                if goesOn { continuation.resume() }
            }
            end()
            return result
        }
    }

    private func note(_ request: BackendRequest) -> Sent {
        let (prompt, model): (String, String)
        do {
            let body = try JSONValue(parsing: request.body)
            prompt = body["messages"]?.array?.last?["content"]?.string ?? ""
            model = body["model"]?.string ?? ""
        } catch {
            preconditionFailure("what goes out is JSON: \(error)")
        }
        return state.withLock { state in
            state.times[prompt, default: 0] += 1
            state.inFlight += 1
            state.mostInFlight = max(state.mostInFlight, state.inFlight)
            let sent = Sent(
                prompt: prompt, model: model, time: state.times[prompt, default: 1], number: state.sent.count + 1,
                token: request.bearerToken, url: request.url)
            state.sent.append(sent)
            return sent
        }
    }

    private func end() {
        state.withLock { $0.inFlight -= 1 }
    }
}

extension StubBackend.Reply {
    /// `Echo PROMPT` at 10 tokens in and 5 out.
    static func good(_ sent: StubBackend.Sent) -> Self { .now(answer("Echo \(sent.prompt)")) }

    static func text(_ text: String) -> Self { .now(answer(text)) }

    static func status(_ status: Int, _ body: String = #"{"error":{"message":"no"}}"#, after: Duration? = nil) -> Self {
        .now(.response(BackendResponse(status: status, body: Array(body.utf8), retryAfter: after)))
    }

    static var lost: Self { .now(.unknown(BackendTrouble(kind: .reset, message: "the connection went away"))) }
    static var refused: Self { .now(.notSent(BackendTrouble(kind: .connect, message: "nobody listens there"))) }
}

/// A whole answer of a chat completion.
func answer(_ text: String, finish: String = "stop", promptTokens: Int = 10) -> BackendResult {
    var writer = JSONWriter()
    writer.object { writer in
        writer.member("object", "chat.completion")
        writer.array("choices") { writer in
            writer.object { writer in
                writer.member("finish_reason", finish)
                writer.object("message") { $0.member("content", text) }
            }
        }
        writer.object("usage") { writer in
            writer.member("prompt_tokens", promptTokens)
            writer.member("completion_tokens", 5)
        }
    }
    return .response(BackendResponse(status: 200, body: writer.bytes, requestID: "req"))
}
