import BatchCore
import FlyingSocks
import FoundationEssentials  // AsyncSocket writes Data and nothing else.
import Glibc

/// One connection from accept to close, request after request.
///
/// On FlyingSocks and not on FlyingFox's server, because faults are made of bytes: a body that ends too early, an
/// answer that never starts, a client that has left. That server shows its handlers no socket, and it sends head and
/// body apart without TCP_NODELAY: 44 ms an answer on loopback, measured.
struct Connection {
    private let socket: AsyncSocket
    private let desk: AnswerDesk
    private var received = ReceivedBytes()

    /// How long a request hangs that is scripted to.
    private static let hangTime = Duration.seconds(600)

    init(_ socket: AsyncSocket, desk: AnswerDesk) {
        self.socket = socket
        self.desk = desk
    }

    /// Returns once the connection is closed, by either side.
    mutating func serve() async {
        do {
            while try await serveOne() {}
        } catch {
            // The client left or the simulator stops, and nobody is there to hear of it: the connection closes.
        }
        // Shutdown first: a child process that inherited the descriptor would keep the connection open otherwise.
        shutdown(socket.socket.file.rawValue, Int32(SHUT_RDWR))
        close(socket.socket.file.rawValue)
    }

    /// - Returns: whether another request may follow.
    private mutating func serveOne() async throws -> Bool {
        let head: RequestHead
        let body: [UInt8]
        do {
            guard let next = try await received.head(from: socket) else { return false }
            head = next
            if head.expectsContinue { try await socket.write(Data("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
            body = try await received.body(head.bodyLength, from: socket)
        } catch let error as RequestHeadError {
            try await socket.write(Self.wire(.error(status: error.status, message: error.reason), closes: true))
            shutdown(socket.socket.file.rawValue, Int32(SHUT_WR))
            try await received.drain(socket)
            return false
        }
        guard head.method == "POST", head.path.hasPrefix("/v1/") else {
            let answer = desk.aside(method: head.method, path: head.path)
            try await socket.write(Self.wire(answer, closes: !head.keepsAlive))
            return head.keepsAlive
        }
        let request = SimulatedRequest(path: head.path, body: body)
        let answer = desk.begin(request)
        var sent = false
        defer { desk.end(request, with: answer, sent: sent) }
        sent = try await send(answer, closes: !head.keepsAlive)
        return sent && answer.ending == .whole && head.keepsAlive
    }

    /// - Returns: false if nothing was sent, as the script wants it or because the client did not wait.
    private mutating func send(_ answer: SimulatedAnswer, closes: Bool) async throws -> Bool {
        let delay = answer.ending == .hang ? Self.hangTime : answer.delay
        if delay > .zero {
            guard try await received.clientStays(on: socket, for: delay) else { return false }
        }
        switch answer.ending {
        case .drop, .hang: return false
        case .whole: try await socket.write(Self.wire(answer, closes: closes))
        case .cut: try await socket.write(Self.wire(answer, closes: closes).dropLast((answer.body.count + 1) / 2))
        }
        return true
    }

    /// Head and body in one piece, for one system call.
    private static func wire(_ answer: SimulatedAnswer, closes: Bool) -> Data {
        var head = "HTTP/1.1 \(answer.status) \(SimulatedAnswer.reason(of: answer.status))\r\n"
        for header in answer.headers { head += "\(header.name): \(header.value)\r\n" }
        let added = [("Content-Type", "application/json"), ("Content-Length", String(answer.body.count))]
        let scripted = answer.headers.map { $0.name.lowercased() }
        for (name, value) in added where !scripted.contains(name.lowercased()) { head += "\(name): \(value)\r\n" }
        if closes { head += "Connection: close\r\n" }
        head += "\r\n"
        var bytes = Data(capacity: head.utf8.count + answer.body.count)
        bytes.append(contentsOf: head.utf8)
        bytes.append(contentsOf: answer.body)
        return bytes
    }
}
