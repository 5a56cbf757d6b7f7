package import BatchCore

/// Reads lines `{"key": 64 hex, "answer": the response object of an output line, "at": time (may be absent)}` into
/// batches. Other members are passed over.
package struct AnswerImport: Sendable {
    /// Where a batch is written: as much as shares the two fsyncs of a group, and little to hold.
    package static let batchLines = 16_384
    private static let batchBytes = 16 << 20

    /// What was read since the last `takeBatch`.
    private var batch = AnswerBatch()
    private let now: Timestamp
    private var tape = JSONTape()
    /// Lines that follow each other have one time more often than not.
    private var lastAt: (text: [UInt8], time: Timestamp) = ([], Timestamp(seconds: 0))

    /// - Parameter now: the time of answers that have none, and the latest that is believed.
    package init(now: Timestamp) { self.now = now }

    package var isFull: Bool {
        batch.entries.count >= Self.batchLines || batch.lines.count >= Self.batchBytes
    }

    package mutating func takeBatch() -> ImportBatch { ImportBatch(answers: exchange(&batch, with: AnswerBatch())) }

    /// - Parameter line: without its newline.
    /// - Throws: why it is no answer; nothing was taken in then.
    package mutating func take(_ line: Span<UInt8>) throws(JSONError) {
        try tape.scan(line)
        guard tape.kind(JSONTape.root) == .object else {
            throw JSONError(offset: tape.bytes(JSONTape.root).lowerBound, reason: "it is no object")
        }
        let key = try key(in: line)
        let answer = try member("answer", of: JSONTape.root, in: line)
        try checkResponse(answer, in: line)
        let time = try time(in: line)
        line.extracting(tape.bytes(answer)).withUnsafeBufferPointer {
            batch.add(key, $0, at: time, from: nil)
        }
    }

    private func key(in line: Span<UInt8>) throws(JSONError) -> RequestKey {
        let node = try member("key", of: JSONTape.root, in: line)
        let bytes = tape.bytes(node)
        guard tape.kind(node) == .string, bytes.count == 66,
            let key = RequestKey(hexDigits: line.extracting(bytes.lowerBound + 1..<bytes.upperBound - 1))
        else {
            throw JSONError(offset: bytes.lowerBound, reason: "the key must be a string of 64 hexadecimal digits")
        }
        return key
    }

    /// What an accepted answer's response is: a status of 200 to 299, a request id and the body of the answer.
    private func checkResponse(_ answer: Int, in line: Span<UInt8>) throws(JSONError) {
        guard tape.kind(answer) == .object else {
            throw JSONError(offset: tape.bytes(answer).lowerBound, reason: "the answer must be a response object")
        }
        guard tape.count(answer) == 3 else {
            throw JSONError(
                offset: tape.bytes(answer).lowerBound,
                reason: "the answer must have the members status_code, request_id and body, and no others")
        }
        let status = try member("status_code", of: answer, in: line)
        guard let code = tape.integer(status, in: line), 200...299 ~= code else {
            throw JSONError(
                offset: tape.bytes(status).lowerBound, reason: "status_code must be a number from 200 to 299")
        }
        let id = try member("request_id", of: answer, in: line)
        guard tape.kind(id) == .string || tape.kind(id) == .null else {
            throw JSONError(offset: tape.bytes(id).lowerBound, reason: "request_id must be a string")
        }
        let body = try member("body", of: answer, in: line)
        guard tape.kind(body) == .object else {
            throw JSONError(offset: tape.bytes(body).lowerBound, reason: "body must be an object")
        }
    }

    /// A time that has not come yet would make an answer outlive all others.
    private mutating func time(in line: Span<UInt8>) throws(JSONError) -> Timestamp {
        guard let node = tape.member("at", of: JSONTape.root, in: line) else { return now }
        let bytes = tape.bytes(node)
        let text = line.extracting(bytes)
        if text.count == lastAt.text.count, text.indices.allSatisfy({ text[$0] == lastAt.text[$0] }) {
            return lastAt.time
        }
        guard let time = tape.string(node, in: line).flatMap({ Timestamp($0) }) else {
            throw JSONError(
                offset: bytes.lowerBound, reason: "at must be a time in UTC such as \"2026-11-24T10:00:00Z\"")
        }
        lastAt = (text.withUnsafeBufferPointer { Array($0) }, min(time, now))
        return lastAt.time
    }

    private func member(_ name: StaticString, of node: Int, in line: Span<UInt8>) throws(JSONError) -> Int {
        guard let member = tape.member(name, of: node, in: line) else {
            throw JSONError(offset: tape.bytes(node).lowerBound, reason: "the member \(name) is missing")
        }
        return member
    }
}

/// Answers that were read and are not in the log yet.
package struct ImportBatch: Sendable {
    let answers: AnswerBatch

    package var isEmpty: Bool { answers.entries.isEmpty }
}

extension FileHashLog {
    /// Takes answers from elsewhere in. Durable when it returns. Those whose key has an answer are passed over.
    /// - Returns: how many were taken.
    package func take(_ batch: ImportBatch) async throws(LedgerError) -> Int {
        let keys = batch.answers.entries.map(\.key)
        await begin(keys)
        defer { end(keys) }
        var known: Set<Int> = []
        var seen: Set<RequestKey> = []
        seen.reserveCapacity(keys.count)
        let records = try await find(keys, in: .keys)
        for (place, key) in keys.enumerated() {
            let record = records[place]
            let isKnown = record.map { !answers.isPruned($0.answer.file) } ?? false
            if isKnown || !seen.insert(key).inserted { known.insert(place) }
        }
        let fresh = batch.answers.without(known)
        if !fresh.entries.isEmpty { try await write(fresh) }
        return fresh.entries.count
    }
}
