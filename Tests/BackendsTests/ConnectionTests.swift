import Backends
import Glibc
import Testing

@Suite("Connections are kept, shared out and given back", .timeLimit(.minutes(6)))
struct ConnectionTests {
    @Test("requests one after the other use one connection")
    func keepAlive() async throws {
        try await ScriptedServer.run {
            $0.answerAll()
        } _: { server in
            try await withBackend { backend in
                for _ in 0..<20 { #expect(await backend.send(request(to: server)).status == 200) }
                #expect(server.requests.count == 20)
                #expect(server.connectionCount == 1)
            }
        }
    }

    @Test("a server that closes after its answer")
    func closing() async throws {
        try await ScriptedServer.run { connection in
            connection.readRequest()
            connection.answer(headers: ["Connection: close"])
        } _: { server in
            try await withBackend { backend in
                for _ in 0..<5 { #expect(await backend.send(request(to: server)).status == 200) }
                #expect(server.requests.count == 5)
            }
        }
    }

    @Test("a kept connection that the server has closed meanwhile is not used again")
    func closedWhileIdle() async throws {
        let isClosed = Rendezvous(count: 1)
        try await ScriptedServer.run { connection in
            connection.readRequest()
            connection.answer()
            if connection.number > 0 { return connection.answerAll() }
            connection.hangUp()
            _ = isClosed.isComplete()
        } _: { server in
            try await withBackend { backend in
                #expect(await backend.send(request(to: server)).status == 200)
                #expect(await eventually { isClosed.arrivals == 1 })
                #expect(await backend.send(request(to: server)).status == 200)
                #expect(server.requests.map(\.connection) == [0, 1])
            }
        }
    }

    @Test("a connection that has been idle for too long is not used again")
    func tooOld() async throws {
        try await ScriptedServer.run {
            $0.answerAll()
        } _: { server in
            try await withBackend(idleSecondsMax: 0) { backend in
                #expect(await backend.send(request(to: server)).status == 200)
                let idleSince = ContinuousClock.now
                #expect(await eventually { ContinuousClock.now - idleSince > .milliseconds(1100) })
                #expect(await backend.send(request(to: server)).status == 200)
                #expect(server.requests.map(\.connection) == [0, 1])
            }
        }
    }

    @Test("64 in flight at a time, each with its own answer")
    func manyInFlight() async throws {
        try await ScriptedServer.run { connection in
            while let request = connection.readRequest() { connection.answer(bytes: request.body) }
        } _: { server in
            try await withBackend { backend in
                await withTaskGroup(of: Bool.self) { group in
                    for number in 0..<640 {
                        if number >= 64 { #expect(await group.next() == true) }
                        let request = request(to: server, body: "number \(number)")
                        group.addTask { await backend.send(request).response?.body == request.body }
                    }
                    for await isOwn in group { #expect(isOwn) }
                }
                #expect(server.requests.count == 640)
                #expect(server.connectionCount <= 64)
            }
        }
    }

    @Test("64 truly at once")
    func atOnce() async throws {
        let everybody = Rendezvous(count: 64)
        try await ScriptedServer.run { connection in
            connection.readRequest()
            #expect(everybody.isComplete(), "not 64 at a time")
            connection.answer()
        } _: { server in
            try await withBackend { backend in
                await withTaskGroup(of: Int?.self) { group in
                    for _ in 0..<64 { group.addTask { await backend.send(request(to: server)).status } }
                    for await status in group { #expect(status == 200) }
                }
            }
        }
    }

    @Test("cancelling the task hangs up, and others go on")
    func cancellation() async throws {
        try await ScriptedServer.run { connection in
            let isPatient = connection.readRequest()?.body == Array("patient".utf8)
            if isPatient { return connection.answer() }
            connection.waitForHangUp()
        } _: { server in
            try await withBackend { backend in
                let task = Task { await backend.send(request(to: server)) }
                #expect(await eventually { server.requests.count == 1 })
                task.cancel()
                #expect(await task.value.unknownKind == .cancelled)
                #expect(await eventually { server.connections[0].isAbandoned })
                #expect(await backend.send(request(to: server, body: "patient")).status == 200)
            }
        }
    }

    @Test("closing the backend ends what is in flight, with its fate unknown, and its connections")
    func close() async throws {
        try await ScriptedServer.run { connection in
            connection.readRequest()
            connection.waitForHangUp()
        } _: { server in
            try await withBackend { backend in
                let tasks = (0..<8).map { _ in Task { await backend.send(request(to: server)) } }
                #expect(await eventually { server.requests.count == 8 })
                backend.close()
                backend.close()
                for task in tasks { #expect(await task.value.unknownKind == .cancelled) }
                #expect(await eventually { server.connections.allSatisfy(\.isAbandoned) })
            }
        }
    }

    @Test("a backend that is let go without being closed ends its thread and its connections")
    func letGo() async throws {
        try await ScriptedServer.run { connection in
            connection.readRequest()
            connection.answer()
            connection.waitForHangUp()
        } _: { server in
            do {
                let backend = try CurlBackend()
                #expect(await backend.send(request(to: server)).status == 200)
            }
            #expect(await eventually { server.connections[0].isAbandoned })
        }
    }

    @Test("a child process does not inherit a connection")
    func closeOnExec() async throws {
        try await ScriptedServer.run {
            $0.answerAll()
        } _: { server in
            try await withBackend { backend in
                #expect(await backend.send(request(to: server)).status == 200)
                let descriptors = (0..<1024).filter { Loopback.peerPort(of: $0) == server.port }
                #expect(!descriptors.isEmpty)
                for descriptor in descriptors { #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0) }
            }
        }
    }

    @Test("the heartbeat goes on without work")
    func heartbeat() async throws {
        try await withBackend { backend in
            let before = backend.heartbeat
            #expect(await eventually { backend.heartbeat > before + 1 })
        }
    }
}
