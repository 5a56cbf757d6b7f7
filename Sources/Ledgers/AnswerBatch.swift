import BatchCore

/// Answers on their way to the log: their lines as they will stand there, and where in them each is.
struct AnswerBatch: Sendable {
    /// Sealed, each with its newline.
    private(set) var lines: [UInt8] = []
    /// The time of the last answer as it is written: most of a batch have one.
    private var lastTime: (time: Timestamp, text: [UInt8])?
    private(set) var entries: [(key: RequestKey, line: Range<Int>, recordedAt: Int64)] = []

    mutating func add(
        _ key: RequestKey, _ response: some Collection<UInt8>, at time: Timestamp, from origin: AnswerOrigin?
    ) {
        let start = lines.count
        if lastTime?.time != time { lastTime = (time, Array(time.description.utf8)) }
        AnswerLine.append(key, response, at: lastTime?.text ?? [], from: origin, to: &lines)
        entries.append((key, start..<lines.count, time.seconds))
        lines.append(UInt8(ascii: "\n"))
    }

    /// Those answers alone whose place in `entries` is not among `places`.
    func without(_ places: Set<Int>) -> AnswerBatch {
        if places.isEmpty { return self }
        var rest = AnswerBatch()
        for (place, entry) in entries.enumerated() where !places.contains(place) {
            let start = rest.lines.count
            rest.lines += lines[entry.line]
            rest.entries.append((entry.key, start..<rest.lines.count, entry.recordedAt))
            rest.lines.append(UInt8(ascii: "\n"))
        }
        return rest
    }

    /// - Parameter offset: where the first line stands in its segment.
    func records(segment: UInt32, offset: Int) -> [KeyRecord] {
        entries.map { entry in
            KeyRecord(
                key: entry.key,
                answer: AnswerLocator(
                    file: segment, offsetBytes: UInt64(offset + entry.line.lowerBound),
                    lengthBytes: UInt32(entry.line.count)),
                recordedAt: entry.recordedAt)
        }
    }
}
