import BatchCore
import DurableFiles
import SystemPackage

/// `answers-000001.jsonl`: accepted answers, one JSON object a line, with its checksum.
struct AnswerLog {
    private static let fileNumber: UInt32 = 1
    private let path: FilePath
    private var reader: LineFile?
    private var log: AppendLog?

    init(in directory: FilePath) throws(LedgerError) {
        path = directory.appending("answers-000001.jsonl")
        do throws(FileError) {
            if try FileFacts(at: path) != nil { reader = try LineFile(path) }
        } catch {
            throw .file(error)
        }
    }

    var bytesOnDisk: Int {
        get throws(LedgerError) {
            do throws(FileError) { return try FileFacts(at: path)?.sizeBytes ?? 0 } catch { throw .file(error) }
        }
    }

    /// Puts answers in line: they are readable, and durable, once the caller has committed the log.
    mutating func stage(
        _ answers: [(key: RequestKey, response: [UInt8])], from origin: AnswerOrigin?, at time: Timestamp
    ) throws(LedgerError) -> (log: AppendLog, locators: [AnswerLocator]) {
        let log = try opened()
        var locators: [AnswerLocator] = []
        for (key, response) in answers {
            var writer = JSONWriter(reserving: response.count + 128)
            writer.object { writer in
                writer.member("key", key.hex)
                writer.member("answer", raw: response)
                writer.member("at", time.description)
                if let origin {
                    writer.member("job", origin.job)
                    writer.member("uid", Int(origin.uid))
                    writer.member("lane", origin.lane)
                }
            }
            let line = SealedLine.seal(writer.bytes)
            let offset = log.appendLazily(line + [UInt8(ascii: "\n")])
            locators.append(
                AnswerLocator(file: Self.fileNumber, offsetBytes: UInt64(offset), lengthBytes: UInt32(line.count)))
        }
        return (log, locators)
    }

    /// The response member of the answer at `locator`.
    /// - Throws: `.damaged` if what stands there is not the answer to `key`.
    func response(at locator: AnswerLocator, for key: RequestKey) throws(LedgerError) -> [UInt8] {
        let line: [UInt8]
        do throws(FileError) {
            line = try reader?.read(at: Int(locator.offsetBytes), length: Int(locator.lengthBytes)) ?? []
        } catch {
            throw .file(error)
        }
        var tape = JSONTape()
        do {
            guard SealedLine.isWhole(line) else { throw JSONError(offset: 0, reason: "its checksum does not fit") }
            try tape.scan(line.span)
        } catch {
            throw .damaged(
                path: path.string, line: 1, reason: "at byte \(locator.offsetBytes) stands no answer as written")
        }
        guard let stored = tape.member("key", of: JSONTape.root, in: line.span),
            tape.string(stored, in: line.span) == key.hex,
            let answer = tape.member("answer", of: JSONTape.root, in: line.span)
        else {
            throw .damaged(path: path.string, line: 1, reason: "at byte \(locator.offsetBytes) stands another answer")
        }
        return Array(line[tape.bytes(answer)])
    }

    private mutating func opened() throws(LedgerError) -> AppendLog {
        if let log { return log }
        do throws(FileError) {
            let wholeBytes = try reader.map { file throws(FileError) in try Self.wholeBytes(file) }
            let log = try AppendLog(opening: path, create: true, truncatingTo: wholeBytes)
            reader = try LineFile(path)
            self.log = log
            return log
        } catch {
            throw .file(error)
        }
    }

    /// The end of the last whole line. A key is recorded only after its answer is durable, so that nothing behind it
    /// has a key.
    private static func wholeBytes(_ file: LineFile) throws(FileError) -> Int {
        var end = try file.facts().sizeBytes
        let step = 1 << 16
        while end > 0 {
            let start = max(0, end - step)
            let bytes = try file.read(at: start, length: end - start)
            if let newline = bytes.lastIndex(of: UInt8(ascii: "\n")) { return start + newline + 1 }
            end = start
        }
        return 0
    }
}
