import Glibc
import Synchronization

/// One accepted connection, as a script sees it. The reading and writing is done by the script's thread alone.
final class ServerConnection: Sendable {
    /// 0 for the first connection the server accepted.
    let number: Int
    private let descriptor: Int32
    private let server: ScriptedServer
    private let peerIsGone = Atomic(false)

    init(_ descriptor: Int32, number: Int, server: ScriptedServer) {
        self.descriptor = descriptor
        self.number = number
        self.server = server
    }

    /// The client has closed its end.
    var isAbandoned: Bool { peerIsGone.load(ordering: .sequentiallyConsistent) }

    /// Reads one whole request and counts it.
    /// - Returns: nil if the client hung up first.
    @discardableResult
    func readRequest() -> ServerRequest? {
        var bytes: [UInt8] = []
        while bytes.suffix(4) != [13, 10, 13, 10] {
            guard let next = read(1).first else { return nil }
            bytes.append(next)
        }
        let head = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
        var request = ServerRequest(connection: number, head: head, body: [])
        let length = request.header("content-length").flatMap { Int($0) } ?? 0
        while request.body.count < length {
            let part = read(length - request.body.count)
            if part.isEmpty { return nil }
            request.body += part
        }
        server.record(request)
        return request
    }

    /// Answers every request the same until the client hangs up.
    func answerAll(_ body: String = "{}") {
        while readRequest() != nil { answer(body) }
    }

    func answer(_ body: String = "{}", status: String = "200 OK", headers: [String] = []) {
        answer(bytes: Array(body.utf8), status: status, headers: headers)
    }

    func answer(bytes body: [UInt8], status: String = "200 OK", headers: [String] = []) {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.count)"] + headers
        write(lines.map { $0 + "\r\n" }.joined() + "\r\n")
        write(bytes: body)
    }

    @discardableResult
    func write(_ text: String) -> Bool { write(bytes: Array(text.utf8)) }

    /// - Returns: false once the client is gone.
    @discardableResult
    func write(bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Says nothing until the client hangs up (or the server is stopped).
    func waitForHangUp() {
        while !read(4096).isEmpty {}
        peerIsGone.store(true, ordering: .sequentiallyConsistent)
    }

    /// Ends the connection: what was written still arrives.
    func hangUp() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Ends the connection with a reset instead of an end of file.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        // Closing is what sends the reset; the number stays taken, so that nobody else gets it meanwhile.
        let placeholder = open("/dev/null", O_RDONLY)
        dup2(placeholder, descriptor)
        close(placeholder)
    }

    func closeDescriptor() {
        close(descriptor)
    }

    /// Lets time go by: what a slow server does.
    func pause(milliseconds: Int32) {
        poll(nil, 0, milliseconds)
    }

    private func read(_ limit: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = max(0, recv(descriptor, buffer.baseAddress, limit, 0))
        }
    }
}
