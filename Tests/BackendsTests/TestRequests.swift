import Backends

/// A request to a scripted server; the deadline is for a test that has gone wrong.
func request(
    to server: ScriptedServer, body: String = #"{"model":"m"}"#, timeout: Duration = .seconds(20),
    limitBytes: Int = 1 << 20
) -> BackendRequest {
    BackendRequest(
        url: server.url, bearerToken: "secret-key", body: Array(body.utf8), timeout: timeout,
        responseLimitBytes: limitBytes)
}

/// What a test wants to know of a result at a glance.
extension BackendResult {
    var status: Int? {
        if case .response(let response) = self { response.status } else { nil }
    }

    var response: BackendResponse? {
        if case .response(let response) = self { response } else { nil }
    }

    var notSentKind: BackendTrouble.Kind? {
        if case .notSent(let trouble) = self { trouble.kind } else { nil }
    }

    var unknownKind: BackendTrouble.Kind? {
        if case .unknown(let trouble) = self { trouble.kind } else { nil }
    }
}

/// A backend for the length of a test. It keeps connections for a minute: a busy machine may let seconds pass between
/// two lines of a test.
func withBackend<Result>(
    idleSecondsMax: Int = 60, connectionsAtOnceMax: Int = 100, wallClock: @escaping @Sendable () -> Int64 = { 0 },
    _ body: (CurlBackend) async throws -> Result
) async throws -> Result {
    let backend = try CurlBackend(
        idleSecondsMax: idleSecondsMax, connectionsAtOnceMax: connectionsAtOnceMax, wallClock: wallClock)
    defer { backend.close() }
    return try await body(backend)
}

extension BatchReply {
    /// What was asked for; nil: it is not there, or nobody knows.
    var value: Value? {
        if case .done(let value) = self { value } else { nil }
    }
}
