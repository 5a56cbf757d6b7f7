package import BatchCore
import DurableFiles
package import Spooling
package import SystemPackage

/// The file in which a person judges answers: a JSON line for each, with what was asked, what came, what the gate found
/// in it, and `verdict` and `note` to be filled in.
package struct ReviewSheet {
    private let directory: JobDirectory
    private let request: ReviewRequest

    package init(_ directory: JobDirectory, _ request: ReviewRequest) {
        self.directory = directory
        self.request = request
    }

    /// Writes the file; nobody else may read it.
    /// - Throws: EEXIST where something has that name, which may be a file that a person is filling in.
    package func write(to path: FilePath) throws {
        let rows = try rows()
        try DurableFile.publish(to: path, replacing: false, mode: 0o600) { writer throws(FileError) in
            for row in rows { try writer.write(row) }
        }
    }

    private func rows() throws -> [[UInt8]] {
        let input = try LineFile(directory.input)
        var prompt = PromptText()
        var rows: [Int: [UInt8]] = [:]
        let kinds = try Dictionary(uniqueKeysWithValues: directory.plan()?.shards.map { ($0.number, $0.kind) } ?? [])
        for (file, lines) in Dictionary(grouping: request.lines, by: \.file) {
            let outcomes = try LineFile(directory.shard(file))
            let entries = try ShardFile.read(directory.shard(file)).entries
            for line in lines {
                guard let entry = entries[line.line], let kind = kinds[line.shard] else { continue }
                let asked = try input.read(at: line.offset, length: line.length)
                let response = try ShardFile.outcome(entry, in: outcomes).response ?? []
                rows[line.line] = row(
                    line, customID: Self.customID(of: asked), prompt: prompt.text(of: asked.span),
                    answer: Self.answer(in: response, url: kind.url))
            }
        }
        return request.lines.compactMap { rows[$0.line] }
    }

    private func row(_ line: ReviewRequest.Line, customID: String?, prompt: [UInt8], answer: String) -> [UInt8] {
        var writer = JSONWriter(reserving: prompt.count + answer.utf8.count + 256)
        writer.object { writer in
            writer.member("job", directory.id.name)
            writer.member("line", line.line)
            writer.member("custom_id", customID)
            writer.member(
                "prompt",
                String(decoding: prompt.last == UInt8(ascii: "\n") ? prompt.dropLast() : prompt[...], as: UTF8.self))
            writer.member("answer", answer)
            writer.array("defects") { writer in if let defect = line.defect { writer.element(defect) } }
            writer.member("verdict", "")
            writer.member("note", "")
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static func customID(of line: [UInt8]) -> String? {
        var tape = JSONTape()
        do { try tape.scan(line.span) } catch { return nil }
        return tape.member("custom_id", of: JSONTape.root, in: line.span).flatMap { tape.string($0, in: line.span) }
    }

    /// The texts of an answer; of one that has none (it calls a tool, or is vectors) the whole response.
    private static func answer(in response: [UInt8], url: RequestURL) -> String {
        let texts = (ResponseMember.answer(in: response, url: url)?.choices ?? []).map(\.text)
        let hasText = texts.contains { !$0.isEmpty }
        return hasText ? texts.joined(separator: "\n\n") : String(decoding: response, as: UTF8.self)
    }
}

extension ReviewSheet {
    /// Reads a file that was filled in.
    /// - Parameter text: the whole file, as editors leave it: a byte order mark, carriage returns and empty lines are
    ///   passed over; the order of the others is free.
    /// - Throws: `ReviewRefusal` with the number of the line, `7: …`, or without one where lines are missing.
    package func verdicts(in text: [UInt8]) throws(ReviewRefusal) -> [ReviewVerdict] {
        let asked = Set(request.lines.map(\.line))
        var missing = asked
        var verdicts: [ReviewVerdict] = []
        let text = text.starts(with: Self.byteOrderMark) ? text.dropFirst(Self.byteOrderMark.count) : text[...]
        for (index, row) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if row.allSatisfy({ Self.blanks.contains($0) }) { continue }
            do throws(ReviewRefusal) {
                let verdict = try verdict(in: Array(row))
                guard asked.contains(verdict.line) else {
                    throw ReviewRefusal(
                        "line \(verdict.line) of the job is not asked about: remove it, or write the file anew")
                }
                guard missing.remove(verdict.line) != nil else {
                    throw ReviewRefusal("line \(verdict.line) of the job stands here twice: leave one of them")
                }
                verdicts.append(verdict)
            } catch {
                throw ReviewRefusal("\(index + 1): \(error)")
            }
        }
        if let first = missing.min() {
            throw ReviewRefusal(
                " \(missing.count) of \(request.lines.count) answers are missing, first line \(first) of the job: "
                    + "each needs its line and a verdict")
        }
        return verdicts
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let blanks = Array(" \t\r".utf8)

    private func verdict(in row: [UInt8]) throws(ReviewRefusal) -> ReviewVerdict {
        let value: JSONValue
        do { value = try JSONValue(parsing: row) } catch {
            throw ReviewRefusal(
                "it is no JSON: column \(error.offset + 1): \(error.reason): change only what stands in the quotes of "
                    + "verdict and note")
        }
        guard let job = value["job"]?.string, let line = value["line"]?.int else {
            throw ReviewRefusal("it has no job and line: leave both as they were written")
        }
        guard job == directory.id.name else {
            throw ReviewRefusal("it is of another job, \(job): hand that in for itself")
        }
        guard let note = (value["note"] ?? .string("")).string else {
            throw ReviewRefusal("its note must be text in quotes")
        }
        switch value["verdict"]?.string {
        case "pass": return ReviewVerdict(line: line, passes: true, note: note)
        case "fail": return ReviewVerdict(line: line, passes: false, note: note)
        case "": throw ReviewRefusal("its verdict is not filled in: write pass or fail")
        default: throw ReviewRefusal("its verdict must be \"pass\" or \"fail\"")
        }
    }
}
