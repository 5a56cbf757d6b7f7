import BatchCore
import Foundation
import TestSupport
import Testing

@Suite("The number in flight is found at which a server answers most, and where there is none nothing is lost")
struct ConcurrencySearchTests {
    /// A server whose latency, in seconds, depends on how many are in flight when a request comes.
    enum Server: CaseIterable, Sendable {
        /// It doubles above some number.
        case step
        /// It doubles there, and then all beyond wait in a line.
        case thrash
        /// So many are served at a time, and the others wait.
        case queue
        /// Each makes the others a little slower.
        case shared

        func latency(_ inFlight: Int, best: Int) -> Double {
            let share = Double(inFlight) / Double(best)
            return switch self {
            case .step: inFlight <= best ? 1 : 2
            case .thrash: inFlight <= best ? 1 : 2 * share
            case .queue: max(1, share)
            case .shared: 1 + share
            }
        }
    }

    /// How long answers are.
    enum Answers: CaseIterable, Sendable {
        case alike
        /// By a factor of ten, and they say so.
        case counted
        /// The same, and nobody knows.
        case uncounted
    }

    private static let wanted = 64

    /// The throughput of the second half of a long job, as a share of the best that there is, and the limit in force.
    /// - Parameter heldBack: after so many answers a request has to wait for another reason.
    private func run(
        _ server: Server, best: Int, _ answers: Answers, seed: UInt64, heldBack: Int? = nil
    ) -> (share: Double, limit: Int) {
        var random = SeededGenerator(seed: seed)
        let start = ContinuousClock.now
        var limit = ConcurrencyLimit(at: start)
        // The next to end is the last.
        var flying: [(end: Double, pass: ConcurrencyLimit.Pass, tokens: Int)] = []
        var (now, half, work, halfWork) = (0.0, 0.0, 0.0, 0.0)
        let count = 9000
        for number in 0..<count {
            while flying.count < Self.wanted, let pass = limit.begin(at: start + .seconds(now)) {
                // Its mean is one.
                let length = answers == .alike ? 1 : exp(Double.random(in: 0...log(10), using: &random)) / 3.909
                let latency = length * server.latency(flying.count + 1, best: best)
                let place = flying.lastIndex { $0.end >= now + latency }.map { $0 + 1 } ?? 0
                flying.insert((now + latency, pass, answers == .counted ? Int(length * 1000) : 0), at: place)
            }
            let request = flying.removeLast()
            now = request.end
            work += 1
            limit.end(request.pass, .answered(tokens: request.tokens), at: start + .seconds(now))
            if let heldBack, number % heldBack == 0 { limit.heldBack(at: start + .seconds(now)) }
            if number == count / 2 { (half, halfWork) = (now, work) }
        }
        let most = (1...Self.wanted).map { Double($0) / server.latency($0, best: best) }.max() ?? 1
        return ((work - halfWork) / (now - half) / most, limit.current)
    }

    @Test("within a fifth of the best", arguments: Server.allCases, [Answers.alike, .counted])
    func found(server: Server, answers: Answers) {
        for best in [5, 20, 40, 55] {
            let (share, _) = run(server, best: best, answers, seed: 1)
            #expect(share >= 0.8, "\(server), \(best)")
        }
    }

    @Test("the number itself, where latency doubles above it", arguments: [33, 40, 45, 50, 60])
    func number(best: Int) {
        let (_, limit) = run(.step, best: best, .alike, seed: 0)
        #expect(Double(abs(limit - best)) <= 0.2 * Double(best), "\(limit), not \(best)")
    }

    @Test("what is held back for another reason says nothing of the server")
    func heldBack() {
        #expect(run(.thrash, best: 20, .alike, seed: 0, heldBack: 100).limit == .max)
    }

    @Test("nearly always also where answers differ by a factor of ten, and nobody says how long they are")
    func uncounted() {
        var missed: [String] = []
        for server in Server.allCases {
            for seed in 0..<UInt64(4) {
                let best = [7, 20, 40, 55][Int(seed % 4)]
                let (share, _) = run(server, best: best, .uncounted, seed: seed)
                if share < 0.8 { missed.append("\(server), \(best), seed \(seed): \(share)") }
            }
        }
        #expect(missed.count <= 1, "\(missed)")
    }
}
