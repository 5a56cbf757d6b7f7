import FlyingSocks
import Glibc

/// An OpenAI-compatible endpoint on 127.0.0.1, for trying things out and for tests: answers that depend on nothing but
/// the request, faults as scripted, and counts of what it was asked.
///
/// POST /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/responses; GET /v1/models, /health, /stats.
package final class Simulator: Sendable {
    /// Where it listens; connections made before `run` wait for it.
    package let port: UInt16

    private let listener: Socket
    private let desk: AnswerDesk

    /// Listens at once.
    /// - Parameter port: 0 lets the kernel choose one that is free.
    package init(port: UInt16 = 0, script: SimulatorScript = SimulatorScript()) throws(SimulatorError) {
        (listener, self.port) = try Self.listen(port)
        desk = AnswerDesk(script: script)
    }

    deinit {
        close(listener.file.rawValue)
    }

    private static func listen(_ port: UInt16) throws(SimulatorError) -> (Socket, port: UInt16) {
        do {
            let socket = try Socket(domain: AF_INET)
            do {
                // A restart is not to wait for the connections of the run before it.
                try socket.setValue(true, for: .localAddressReuse)
                try socket.bind(to: .inet(ip4: "127.0.0.1", port: port))
                try socket.listen()
                guard case .ip4(_, let bound) = try socket.sockname() else {
                    preconditionFailure("an IPv4 socket has an IPv4 name")
                }
                return (socket, bound)
            } catch {
                close(socket.file.rawValue)
                throw error
            }
        } catch {
            throw .cannotListen(port: port, reason: "\(error)")
        }
    }

    package var statistics: SimulatorStatistics { desk.statistics }

    /// Answers until the task is cancelled, then closes all connections and refuses new ones. Call it once.
    package func run() async throws {
        let pool: SocketPool<ePoll> = .ePoll()
        try await pool.prepare()
        let listener = try AsyncSocket(socket: listener, pool: pool)
        defer { shutdown(listener.socket.file.rawValue, Int32(SHUT_RDWR)) }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pool.run() }
                group.addTask { try await self.serve(listener) }
                // Either of them ends with an error only; it takes the other one along.
                try await group.next()
            }
        } catch  where Task.isCancelled {
            return
        }
    }

    private func serve(_ listener: AsyncSocket) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            while true {
                let socket = try await listener.accept()
                group.addTask {
                    var connection = Connection(socket, desk: self.desk)
                    await connection.serve()
                }
            }
        }
    }
}

package enum SimulatorError: Error, Equatable, CustomStringConvertible {
    case cannotListen(port: UInt16, reason: String)

    package var description: String {
        switch self {
        case .cannotListen(let port, let reason):
            "cannot listen on 127.0.0.1:\(port): \(reason); choose another --port, or 0 for any"
        }
    }
}
