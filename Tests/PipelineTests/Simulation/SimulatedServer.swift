import Backends
import BatchCore
import Synchronization
import TestSupport

/// An endpoint that outlives the processes which talk to it: it answers late, turns away, loses answers, is down for
/// hours, and states usages that cannot be. It counts what it did, and what that costs.
final class SimulatedServer: Sendable {
    private struct State {
        var random: SeededGenerator
        var inFlight = 0
        /// How often each request was answered, whether or not its answer arrived.
        var answered: [String: Int] = [:]
        var billed = Money.zero
        var requests = 0
        var downUntil: Timestamp?
        var isHealthy = false

        /// - Returns: what becomes of it, and after how many seconds.
        mutating func begin(_ request: String, at wall: Timestamp) -> (Fate, seconds: Double) {
            inFlight += 1
            requests += 1
            let fate = fate(at: wall)
            if [.good, .lying, .lost].contains(fate) { answered[request, default: 0] += 1 }
            if [.good, .lost].contains(fate) { billed += SimulatedServer.price }
            if fate == .refused { return (fate, 0.01) }
            return (fate, Double.random(in: 0.1..<(random.once(in: 10) ? 90 : 5), using: &random))
        }

        private mutating func fate(at wall: Timestamp) -> Fate {
            if isHealthy { return .good }
            if let downUntil, wall < downUntil { return .refused }
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<6: return .overloaded
            case 6..<10: return .broken
            case 10..<13: return .lost
            case 13: return .unheard
            case 14: return .refused
            case 15: return .lying
            default: return .good
            }
        }
    }

    private enum Fate {
        case good
        /// It states more prompt tokens than there can be, which are booked.
        case lying
        /// It was answered, and the answer did not arrive; it did not even arrive itself.
        case lost, unheard
        case overloaded, broken, refused
    }

    /// Ten tokens in and five out, as `answer` says (`Policies.test`).
    private static let price = Money(picodollars: 20_000_000)

    private let state: Mutex<State>

    init(seed: UInt64) { state = Mutex(State(random: SeededGenerator(seed: seed))) }

    var isIdle: Bool { state.withLock { $0.inFlight == 0 } }
    var requests: Int { state.withLock { $0.requests } }
    var answered: [String: Int] { state.withLock { $0.answered } }
    /// What it would ask for, where it said the truth.
    var billed: Money { state.withLock { $0.billed } }

    func goDown(until wall: Timestamp) { state.withLock { $0.downUntil = wall } }

    /// From now on everything is answered.
    func heal() {
        state.withLock { state in
            state.isHealthy = true
            state.downUntil = nil
        }
    }

    /// Model `n` does not do what every seventh of its prompts asks for.
    static func isGood(_ prompt: String, model: String) -> Bool {
        model != "n" || (Int(prompt.dropFirst()) ?? 0) % 7 != 0
    }

    /// What one process talks to it by.
    func connection(at time: SimulatedTime, unless isDead: @escaping @Sendable () -> Bool) -> any CompletionBackend {
        Connection(server: self, time: time, isDead: isDead)
    }

    private struct Connection: CompletionBackend {
        let server: SimulatedServer
        let time: SimulatedTime
        let isDead: @Sendable () -> Bool

        func send(_ request: BackendRequest) async -> BackendResult {
            if isDead() { return .notSent(BackendTrouble(kind: .cancelled, message: "the process has ended")) }
            return await server.reply(to: request, at: time)
        }
    }

    private func reply(to request: BackendRequest, at time: SimulatedTime) async -> BackendResult {
        let (prompt, model): (String, String)
        do {
            let body = try JSONValue(parsing: request.body)
            prompt = body["messages"]?.array?.last?["content"]?.string ?? ""
            model = body["model"]?.string ?? ""
        } catch {
            preconditionFailure("what goes out is JSON: \(error)")
        }
        let wall = time.wall
        let (fate, seconds) = state.withLock { $0.begin("\(model) \(prompt)", at: wall) }
        await time.sleep(for: .seconds(seconds))
        state.withLock { $0.inFlight -= 1 }
        let text = Self.isGood(prompt, model: model) ? "Echo \(prompt)" : "no"
        switch fate {
        case .good: return answer(text)
        case .lying: return answer(text, promptTokens: 600)
        case .lost, .unheard: return .unknown(BackendTrouble(kind: .reset, message: "the connection went away"))
        case .overloaded:
            return .response(BackendResponse(status: 429, body: Self.no, retryAfter: .seconds(Int(seconds))))
        case .broken: return .response(BackendResponse(status: 503, body: Self.no))
        case .refused: return .notSent(BackendTrouble(kind: .connect, message: "nobody listens there"))
        }
    }

    private static let no = Array(#"{"error":{"message":"no"}}"#.utf8)
}
