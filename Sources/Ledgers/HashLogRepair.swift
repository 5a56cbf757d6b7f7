package import BatchCore
import DurableFiles
package import SystemPackage

/// What `hashlog repair` found.
package struct HashLogRepair: Equatable, Sendable {
    /// Damaged lines and frames of answers.
    package var lines = 0
    package var frames = 0
    /// Bytes of the key log that are no record.
    package var keyBytes = 0
    /// Segments that are gone, and were not pruned.
    package var segments = 0
    /// Keys whose answer is lost: asked and paid for anew.
    package var keysLost = 0
    /// Answers that had no key any more, and have one again.
    package var keysFound = 0
    /// Files with what was set aside.
    package var aside: [String] = []

    package init() {}

    /// Puts the hash log of a spool in order, with the lock held: everything that can be read is kept, and each damaged
    /// file is set aside whole before anything is written anew. An answer that stands elsewhere afterwards gets its key
    /// again.
    package static func run(
        in directory: FilePath, now: @escaping @Sendable () -> Timestamp
    ) async throws(LedgerError) -> HashLogRepair {
        var repair = HashLogRepair()
        let time = now()
        try AnswerSegment.tidy(directory)
        try repair.catalogue(in: directory, at: time)
        for segment in try AnswerSegment.all(in: directory) {
            var one = SegmentRepair(segment, at: time)
            if let aside = try one.run() { repair.aside.append(aside.string) }
            repair.lines += one.lines
            repair.frames += one.frames
        }
        for book in FileHashLog.Book.allCases {
            let report = try KeyLog.repair(book.rawValue, in: directory, at: time)
            for segment in report.segments {
                repair.keyBytes += segment.lostBytes
                repair.segments += segment.setAside == nil ? 1 : 0
                if let aside = segment.setAside { repair.aside.append(aside.string) }
            }
        }
        let log = try FileHashLog(in: directory, now: now)
        try await log.finishForgettingAlone()
        repair.keysFound = try await log.findKeys()
        repair.keysLost = try await log.loseKeys()
        try await log.close()
        return repair
    }

    private mutating func catalogue(in directory: FilePath, at time: Timestamp) throws(LedgerError) {
        var catalogue: AnswerCatalogue
        do throws(LedgerError) {
            catalogue = try AnswerCatalogue(in: directory)
        } catch {
            guard case .damaged(let path, _, _) = error else { throw error }
            let damaged = try booked { () throws(FileError) in try DurableFile.setAside(FilePath(path), at: time) }
            aside.append(damaged.string)
            catalogue = AnswerCatalogue(emptyIn: directory)
        }
        let found = Set(try AnswerSegment.all(in: directory).map(\.number))
        let last = max(found.max() ?? 0, catalogue.last)
        for number in 1..<max(1, last) {
            if found.contains(number) || catalogue.pruned[number] != nil { continue }
            catalogue.prune(number, at: time.seconds)
            segments += 1
        }
        // What was counted may not be there any more: it is counted anew.
        for number in catalogue.sealed.keys { catalogue.unseal(number) }
        try catalogue.write()
    }
}

extension FileHashLog {
    private static let recordsAtOnce = 16_384

    func finishForgettingAlone() async throws(LedgerError) {
        await beginMaintenance()
        defer { endMaintenance() }
        try await finishForgetting()
    }

    /// Records the keys of answers that are newer than what their key leads to, or have none.
    /// - Returns: how many.
    func findKeys() async throws(LedgerError) -> Int {
        var found = 0
        for segment in try AnswerSegment.all(in: directory) where !answers.isPruned(segment.number) {
            guard let reader = try SegmentReader(segment) else { continue }
            var lost: [KeyRecord] = []
            var lines = AnswerLineReader()
            try reader.forEachLine { offset, line, endsWithNewline throws(LedgerError) in
                guard endsWithNewline, let answer = lines.read(line) else { return }
                let place = AnswerLocator(
                    file: segment.number, offsetBytes: UInt64(offset), lengthBytes: UInt32(line.count))
                if let known = try keys.find(answer.key)?.answer, !known.isBefore(place),
                    try hasAnswer(known, answer.key)
                {
                    return
                }
                lost.append(
                    KeyRecord(key: answer.key, answer: place, recordedAt: answer.recordedAt.seconds))
            }
            found += lost.count
            for start in stride(from: 0, to: lost.count, by: Self.recordsAtOnce) {
                try await record(Array(lost[start..<min(start + Self.recordsAtOnce, lost.count)]), in: .keys)
            }
        }
        return found
    }

    /// Takes back the keys that lead to no answer.
    /// - Returns: how many.
    func loseKeys() async throws(LedgerError) -> Int {
        var lost = Set<RequestKey>()
        for number in 0..<keys.records {
            guard let record = try keys.record(number), !record.isForgotten,
                try keys.find(record.key) == record, !answers.isPruned(record.answer.file),
                try !hasAnswer(record.answer, record.key)
            else { continue }
            lost.insert(record.key)
        }
        try await takeBack(Array(lost)) { _ in true }
        return lost.count
    }

    private func hasAnswer(_ locator: AnswerLocator, _ key: RequestKey) throws(LedgerError) -> Bool {
        do throws(LedgerError) {
            return try answers.response(at: locator, for: key) != nil
        } catch {
            if case .damaged = error { return false }
            throw error
        }
    }
}

extension AnswerLocator {
    func isBefore(_ other: AnswerLocator) -> Bool { (file, offsetBytes) < (other.file, other.offsetBytes) }
}
