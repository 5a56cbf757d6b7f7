import FlyingSocks

/// What a client has sent and nobody has looked at yet.
struct ReceivedBytes {
    private var bytes: [UInt8] = []

    /// - Returns: nil if the client closed the connection between two requests, as it may.
    mutating func head(from socket: AsyncSocket) async throws -> RequestHead? {
        var searched = 0
        while true {
            if let end = endOfHead(from: searched) {
                let head = try RequestHead(parsing: bytes[..<end])
                bytes.removeFirst(end + Self.emptyLine.count)
                return head
            }
            guard bytes.count <= RequestHead.bytesMost else { throw RequestHeadError.tooLong }
            searched = max(0, bytes.count - Self.emptyLine.count + 1)
            do {
                try await readMore(from: socket)
            } catch SocketError.disconnected where bytes.isEmpty {
                return nil
            }
        }
    }

    mutating func body(_ length: RequestHead.BodyLength, from socket: AsyncSocket) async throws -> [UInt8] {
        switch length {
        case .bytes(let count): return try await take(count, from: socket)
        case .chunked: return try await chunks(from: socket)
        }
    }

    /// Waits while watching the client, since a server that does not notice a client's leaving has too much in flight.
    /// - Returns: false if the client closed the connection before the time was over.
    mutating func clientStays(on socket: AsyncSocket, for duration: Duration) async throws -> Bool {
        enum Event: Sendable {
            case timeIsOver, left, stopped
            case sent([UInt8])
        }
        return try await withThrowingTaskGroup(of: Event.self) { group in
            group.addTask {
                do {
                    try await Task.sleep(for: duration)
                    return .timeIsOver
                } catch is CancellationError {
                    return .stopped
                }
            }
            group.addTask {
                do {
                    return .sent(try await socket.read(atMost: 4096))
                } catch is CancellationError {
                    return .stopped
                } catch is SocketError {
                    return .left
                }
            }
            var stays = true
            // To the end of both: bytes that were read at the last moment belong to the next request.
            while let event = try await group.next() {
                switch event {
                case .sent(let early): bytes += early
                case .timeIsOver: group.cancelAll()
                case .stopped: try Task.checkCancellation()
                case .left:
                    stays = false
                    group.cancelAll()
                }
            }
            return stays
        }
    }

    /// Reads on until the client closes. A connection that closes with bytes unread is reset, and the client may never
    /// see the answer (RFC 9112, section 9.6).
    func drain(_ socket: AsyncSocket) async throws {
        while true { _ = try await socket.read(atMost: 4096) }
    }

    private static let emptyLine = Array("\r\n\r\n".utf8)

    private func endOfHead(from start: Int) -> Int? {
        guard bytes.count >= start + Self.emptyLine.count else { return nil }
        return (start...(bytes.count - Self.emptyLine.count)).first { position in
            bytes[position] == Self.emptyLine[0]
                && bytes[position..<(position + Self.emptyLine.count)].elementsEqual(Self.emptyLine)
        }
    }

    private mutating func take(_ count: Int, from socket: AsyncSocket) async throws -> [UInt8] {
        while bytes.count < count { try await readMore(from: socket) }
        defer { bytes.removeFirst(count) }
        return Array(bytes[..<count])
    }

    /// RFC 9112, section 7.1; trailers are read and forgotten.
    private mutating func chunks(from socket: AsyncSocket) async throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let size = try await line(from: socket).prefix { $0 != UInt8(ascii: ";") }
            guard let count = Int(String(decoding: size, as: UTF8.self), radix: 16), count >= 0 else {
                throw RequestHeadError(status: 400, reason: "the size of a chunk is not hexadecimal")
            }
            if count == 0 { break }
            guard body.count + count <= RequestHead.bodyBytesMost else { throw RequestHeadError.bodyTooLong }
            body += try await take(count, from: socket)
            _ = try await line(from: socket)
        }
        while try await !line(from: socket).isEmpty {}
        return body
    }

    private mutating func line(from socket: AsyncSocket) async throws -> [UInt8] {
        while true {
            if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                defer { bytes.removeFirst(end + 1) }
                return bytes[..<end].filter { $0 != UInt8(ascii: "\r") }
            }
            guard bytes.count <= RequestHead.bytesMost else { throw RequestHeadError.tooLong }
            try await readMore(from: socket)
        }
    }

    private mutating func readMore(from socket: AsyncSocket) async throws {
        bytes += try await socket.read(atMost: 4096)
    }
}
