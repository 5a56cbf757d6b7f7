import BatchCore
import TestSupport
import Testing

@Suite("However requests come and whatever they take, no 60 seconds hold more than the limits, and little less")
struct RatePropertyTests {
    /// A server that is given as much as it allows.
    private struct Load {
        var random: SeededGenerator
        let requests: Int
        let tokens: Int
        let worstCase: Int
        /// Of the worst case, on average.
        let share: Double
        let latency: Double
        let concurrency: Int
        /// From one arrival to the next on average, in seconds; 0: all are there from the beginning.
        let pause: Double
        let seconds: Double

        init(seed: UInt64, saturated: Bool) {
            var random = SeededGenerator(seed: seed)
            let requests = Int.random(in: 60...900, using: &random)
            worstCase = Int.random(in: 100...2000, using: &random)
            share = Double.random(in: 0.05...0.9, using: &random)
            latency = Double.random(in: 0.05...8, using: &random)
            // Now the one limit binds, now the other.
            let typical = Double(requests) * Double(worstCase) * share
            tokens = Int(typical * Double.random(in: 0.3...2, using: &random))
            concurrency = 8 + Int(Double(requests) / 60 * latency * (saturated ? 6 : 2))
            pause = saturated ? 0 : Double.random(in: 0...120, using: &random) / Double(requests)
            seconds = 60 * Double(saturated ? 6 : 4)
            self.requests = requests
            self.random = random
        }

        mutating func next(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &random) }
    }

    private struct Sent {
        let at: Double
        let tokens: Int
    }

    /// What arrives at the server, in the order of its arrival.
    private func run(_ load: inout Load) -> [Sent] {
        let start = ContinuousClock.now
        var window = RateWindow(
            RateLimits(requestsPerMinute: load.requests, tokensPerMinute: load.tokens), at: start)
        var sent: [Sent] = []
        var flying: [(end: Double, pass: RateWindow.Pass, tokens: Int)] = []
        var (now, arrival) = (0.0, 0.0)
        while now < load.seconds {
            var next = load.seconds
            while flying.count < load.concurrency {
                if arrival > now {
                    next = arrival
                    break
                }
                let worst = Int(Double(load.worstCase) * load.next(0.5...1))
                let decision = window.ask(worstCase: worst, at: start + .seconds(now))
                guard case .go(let pass) = decision else {
                    if case .wait(let until?) = decision { next = (until - start) / .seconds(1) }
                    break
                }
                let used = Int(Double(worst) * min(1, load.share * load.next(0.3...1.7)))
                // On its way, and then in work.
                let arrives = now + load.next(0...0.9)
                sent.append(Sent(at: arrives, tokens: used))
                flying.append((arrives + load.latency * load.next(0.3...1.7), pass, used))
                arrival += load.pause * load.next(0...2)
            }
            now = max(now, min(next, flying.map(\.end).min() ?? next)) + 1e-9
            for request in flying where request.end <= now {
                window.end(request.pass, .used(tokens: request.tokens), at: start + .seconds(now))
            }
            flying.removeAll { $0.end <= now }
        }
        return sent.sorted { $0.at < $1.at }
    }

    /// The most that any 60 seconds hold.
    private func most(_ sent: [Sent], _ amount: (Sent) -> Int) -> Int {
        var (most, sum, first) = (0, 0, 0)
        for last in sent {
            sum += amount(last)
            while sent[first].at <= last.at - 60 {
                sum -= amount(sent[first])
                first += 1
            }
            most = max(most, sum)
        }
        return most
    }

    @Test("random arrivals and usages", arguments: [false, true])
    func limits(saturated: Bool) {
        for seed in 0..<UInt64(10) {
            var load = Load(seed: seed, saturated: saturated)
            let sent = run(&load)
            #expect(most(sent) { _ in 1 } <= load.requests, "seed \(seed), saturated \(saturated)")
            let tokens = most(sent, \.tokens)
            #expect(tokens <= load.tokens, "seed \(seed), saturated \(saturated): \(load)")
        }
    }

    @Test("at least 95 % of what binds is used after the first minute")
    func used() {
        for seed in 100..<UInt64(110) {
            var load = Load(seed: seed, saturated: true)
            let sent = run(&load).filter { 60..<load.seconds ~= $0.at }
            let minutes = load.seconds / 60 - 1
            let requests = Double(sent.count) / minutes / Double(load.requests)
            let tokens = Double(sent.reduce(0) { $0 + $1.tokens }) / minutes / Double(load.tokens)
            #expect(max(requests, tokens) >= 0.95, "seed \(seed): \(requests), \(tokens) of \(load)")
        }
    }
}
