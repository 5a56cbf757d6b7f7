import BatchCore

@testable import Simulator

/// Shorthand for the requests of these tests.
enum Ask {
    static func chat(_ prompt: String, _ more: String = "") -> SimulatedRequest {
        request("/v1/chat/completions", #"{"model":"m","messages":[{"role":"user","content":"\#(prompt)"}]\#(more)}"#)
    }

    static func request(_ path: String, _ body: String) -> SimulatedRequest {
        SimulatedRequest(path: path, body: Array(body.utf8))
    }
}

extension SimulatorScript {
    init(_ text: String) throws {
        try self.init(parsing: Array(text.utf8))
    }

    /// The answers to `requests`, one after the other.
    func answers(_ requests: [SimulatedRequest]) -> [SimulatedAnswer] {
        var counts = Counts()
        return requests.map { decide($0, counting: &counts) }
    }

    /// The answer to a single request, as JSON.
    func answer(_ request: SimulatedRequest) throws -> JSONValue {
        try JSONValue(parsing: answers([request])[0].body)
    }
}

extension JSONValue {
    /// `choices[index].message.content` of a chat completion.
    func content(_ index: Int = 0) -> String? { self["choices"]?.array?[index]["message"]?["content"]?.string }

    func finishReason(_ index: Int = 0) -> String? { self["choices"]?.array?[index]["finish_reason"]?.string }

    func usage(_ name: String) -> Int? { self["usage"]?[name]?.int }
}
