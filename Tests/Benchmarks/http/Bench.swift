import Backends
import Glibc

/// `bench-http URL [REQUESTS [IN_FLIGHT]]`: what one request costs the client, against any server that takes a POST.
@main
struct Bench {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let url = arguments.first else {
            print("usage: bench-http URL [REQUESTS [IN_FLIGHT]]")
            exit(EX_USAGE)
        }
        let numbers = arguments.dropFirst().compactMap { Int($0) }
        let (total, inFlight) = (numbers.first ?? 20_000, numbers.dropFirst().first ?? 64)
        let backend = try CurlBackend()
        let request = BackendRequest(url: url, body: [UInt8](repeating: 0x20, count: 1000), timeout: .seconds(30))
        _ = await run(min(total, 1000), of: request, on: backend, inFlight: inFlight)  // connections, pages, caches

        let (clock, before) = (ContinuousClock(), cpuSeconds())
        let start = clock.now
        let counts = await run(total, of: request, on: backend, inFlight: inFlight)
        let wall = (clock.now - start) / .seconds(1)
        let cpu = cpuSeconds() - before
        backend.close()
        print("\(total) requests, \(inFlight) in flight: \(counts.sorted { $0.key < $1.key })")
        print("\(Int(Double(total) / wall)) requests/s, wall \(wall) s, CPU \(cpu / Double(total) * 1000) s per 1,000")
    }

    /// - Returns: how many exchanges ended with which status or trouble.
    private static func run(
        _ total: Int, of request: BackendRequest, on backend: CurlBackend, inFlight: Int
    ) async -> [String: Int] {
        await withTaskGroup(of: String.self) { group in
            var (sent, counts) = (0, [String: Int]())
            while sent < min(inFlight, total) {
                group.addTask { name(await backend.send(request)) }
                sent += 1
            }
            while let outcome = await group.next() {
                counts[outcome, default: 0] += 1
                guard sent < total else { continue }
                group.addTask { name(await backend.send(request)) }
                sent += 1
            }
            return counts
        }
    }

    private static func name(_ result: BackendResult) -> String {
        switch result {
        case .response(let response): "status \(response.status)"
        case .notSent(let trouble): "not sent: \(trouble.kind)"
        case .unknown(let trouble): "unknown: \(trouble.kind)"
        }
    }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        return Double(seconds) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }
}
