import BatchCore
import Synchronization

/// Where the connections meet: takes a request in, says what goes back, keeps the counts.
final class AnswerDesk: Sendable {
    private let script: SimulatorScript
    private let books = Mutex(Books())

    private struct Books: Sendable {
        var counts = SimulatorScript.Counts()
        var statistics = SimulatorStatistics()
    }

    init(script: SimulatorScript) {
        self.script = script
    }

    var statistics: SimulatorStatistics { books.withLock { $0.statistics } }

    /// Each request that was taken in is given back to `end` once.
    func begin(_ request: SimulatedRequest) -> SimulatedAnswer {
        let rule = books.withLock { books in
            books.statistics.begin(request)
            return script.rule(for: request, counting: &books.counts)
        }
        // Outside the lock: the answer is most of the work and depends on nothing that changes.
        return script.answer(request, by: rule)
    }

    func end(_ request: SimulatedRequest, with answer: SimulatedAnswer, sent: Bool) {
        books.withLock { $0.statistics.end(request, with: answer, sent: sent) }
    }

    /// What is not a POST under /v1/: neither scripted nor counted.
    func aside(method: String, path: String) -> SimulatedAnswer {
        switch (method, path) {
        case ("GET", "/health"): return SimulatedAnswer(status: 200, body: Array(#"{"status":"ok"}"#.utf8))
        case ("GET", "/stats"): return SimulatedAnswer(status: 200, body: statistics.json)
        case ("GET", "/v1/models"): return Self.models
        case (_, "/health"), (_, "/stats"), (_, "/v1/models"): break
        default: guard SimulatedURL(rawValue: path) != nil else { return .error(status: 404) }
        }
        return .error(status: 405, message: "\(method) \(path) is not simulated")
    }

    /// One name for clients that want a list; a request may use any name.
    private static var models: SimulatedAnswer {
        var json = JSONWriter()
        json.object { json in
            json.member("object", "list")
            json.array("data") { json in
                json.object { json in
                    json.member("id", "simulated")
                    json.member("object", "model")
                    json.member("created", 1_704_067_200)
                    json.member("owned_by", "bobbin")
                }
            }
        }
        return SimulatedAnswer(status: 200, body: json.bytes)
    }
}
