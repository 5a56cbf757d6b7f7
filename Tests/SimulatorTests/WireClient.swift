import BatchCore
import FlyingSocks
import FoundationEssentials
import Glibc

@testable import Simulator

/// A client that sends exactly the bytes it is told to and hides nothing of what comes back.
struct WireClient {
    let socket: AsyncSocket

    struct Answer: Equatable {
        var head: String
        var body: String

        var status: Int? { Int(head.split(separator: " ")[1]) }
    }

    init(_ simulator: Simulator) async throws {
        // On loopback nobody needs a minute; the library's five seconds are too few where all suites start at once.
        socket = try await .connected(to: sockaddr_in.inet(ip4: "127.0.0.1", port: simulator.port), timeout: 60)
    }

    func send(_ text: String) async throws {
        try await socket.write(Data(text.utf8))
    }

    func post(_ body: String, to path: String = "/v1/chat/completions", headers: String = "") async throws {
        try await send("POST \(path) HTTP/1.1\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    }

    /// One answer with its whole body, leaving the connection open.
    func answer() async throws -> Answer {
        var head = ""
        while !head.hasSuffix("\r\n\r\n") {
            head += String(decoding: try await socket.read(bytes: 1), as: UTF8.self)
        }
        let length = head.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
        let count = length.flatMap { Int($0.dropFirst("Content-Length: ".count)) } ?? 0
        return Answer(head: head, body: String(decoding: try await socket.read(bytes: count), as: UTF8.self))
    }

    /// Everything until the server closes.
    func rest() async throws -> String {
        var bytes: [UInt8] = []
        do {
            while true { bytes += try await socket.read(atMost: 4096) }
        } catch SocketError.disconnected {
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    func close() throws {
        try socket.close()
    }
}

/// Runs a simulator for as long as `body` takes; returns once it has stopped.
func withSimulator(_ script: String = "{}", _ body: (Simulator) async throws -> Void) async throws {
    let simulator = try Simulator(script: SimulatorScript(script))
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await simulator.run() }
        defer { group.cancelAll() }
        try await body(simulator)
    }
}

/// Waits until `condition` holds.
/// - Returns: false if it does not within ten seconds.
func becomesTrue(_ condition: () throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if try condition() { return true }
        await Task.yield()
    }
    return false
}

let chatBody = #"{"model":"m","messages":[{"role":"user","content":"hello"}]}"#
