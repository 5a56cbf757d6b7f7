import Glibc
import Synchronization

/// An HTTP server that does wrong what the test wants: every connection runs the script on a thread of its own and
/// writes the bytes it likes.
final class ScriptedServer: Sendable {
    typealias Script = @Sendable (ServerConnection) -> Void

    private struct State {
        var connections: [ServerConnection] = []
        var threads: [pthread_t] = []
        var requests: [ServerRequest] = []
        var isStopped = false
    }

    let port: UInt16
    private let listener: Int32
    private let script: Script
    private let state = Mutex(State())

    /// Listens on a free port of 127.0.0.1.
    init(_ script: @escaping Script) {
        self.script = script
        (listener, port) = Loopback.listen(backlog: 256)
    }

    /// Runs the script for whoever connects while the body runs; then hangs up on everybody and waits for all threads.
    static func run<Result>(
        _ script: @escaping Script, _ body: (ScriptedServer) async throws -> Result
    ) async rethrows -> Result {
        let server = ScriptedServer(script)
        let acceptor = spawnThread { server.acceptAll() }
        defer { server.stop(acceptor) }
        return try await body(server)
    }

    var url: String { "http://127.0.0.1:\(port)/v1/chat/completions" }
    var requests: [ServerRequest] { state.withLock { $0.requests } }
    var connectionCount: Int { state.withLock { $0.connections.count } }
    var connections: [ServerConnection] { state.withLock { $0.connections } }

    func record(_ request: ServerRequest) {
        state.withLock { $0.requests.append(request) }
    }

    private func acceptAll() {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            state.withLock { state in
                let connection = ServerConnection(descriptor, number: state.connections.count, server: self)
                state.connections.append(connection)
                if state.isStopped { return connection.hangUp() }
                state.threads.append(
                    spawnThread {
                        self.script(connection)
                        connection.hangUp()
                    })
            }
        }
    }

    private func stop(_ acceptor: pthread_t) {
        shutdown(listener, Int32(SHUT_RDWR))
        pthread_join(acceptor, nil)
        let (connections, threads) = state.withLock { state in
            state.isStopped = true
            return (state.connections, state.threads)
        }
        connections.forEach { $0.hangUp() }
        threads.forEach { pthread_join($0, nil) }
        connections.forEach { $0.closeDescriptor() }
        state.withLock { $0.connections = [] }  // each holds the server
        close(listener)
    }
}

/// One request as the server has read it, whole.
struct ServerRequest: Sendable {
    var connection: Int
    /// The request line and the header lines, as sent.
    var head: [String]
    var body: [UInt8]

    func header(_ name: String) -> String? {
        for line in head.dropFirst() where line.lowercased().hasPrefix(name.lowercased() + ":") {
            return String(line.dropFirst(name.count + 1).drop { $0 == " " })
        }
        return nil
    }
}

func spawnThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let error = pthread_create(
        &thread, nil,
        { context in
            // Takes over the reference that `passRetained` left for this thread.
            Unmanaged<Box>.fromOpaque(context!).takeRetainedValue().body()
            return nil
        }, Unmanaged.passRetained(Box(body)).toOpaque())
    precondition(error == 0, "pthread_create: errno \(error)")
    return thread
}
