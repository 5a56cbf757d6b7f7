package import BatchCore
import DurableFiles
import SystemPackage

/// `hashlog/forget.json`: what is being forgotten, from before the first byte goes until the last is gone, so that a
/// crash between leaves nothing half forgotten.
struct Forgetting: Sendable {
    var selection: AnswerSelection
    /// Answers up to this segment; later ones came after the wish.
    var through: UInt32

    private static func path(in directory: FilePath) -> FilePath { directory.appending("forget.json") }

    static func pending(in directory: FilePath) throws(LedgerError) -> Forgetting? {
        let path = path(in: directory)
        guard let bytes = try booked({ () throws(FileError) in try DurableFile.read(path) }) else { return nil }
        do {
            guard SealedLine.isWhole(bytes) else { throw JSONError(offset: 0, reason: "its checksum does not fit") }
            let value = try JSONValue(parsing: bytes)
            if let selection = AnswerSelection(value),
                let through = value["through"]?.int.flatMap({ UInt32(exactly: $0) })
            {
                return Forgetting(selection: selection, through: through)
            }
        } catch {
            throw .damaged(path: path.string, line: 1, reason: "\(error)")
        }
        throw .damaged(path: path.string, line: 1, reason: "it says nothing that can be forgotten")
    }

    func record(in directory: FilePath) throws(LedgerError) {
        var writer = JSONWriter()
        writer.object { writer in
            selection.write(to: &writer)
            writer.member("through", Int(through))
        }
        let bytes = SealedLine.seal(writer.bytes)
        try booked { () throws(FileError) in try DurableFile.publish(bytes, to: Self.path(in: directory)) }
    }

    static func finish(in directory: FilePath) throws(LedgerError) {
        try booked { () throws(FileError) in
            try DurableFile.remove(path(in: directory))
            try DurableFile.syncDirectory(directory)
        }
    }
}

/// How much was forgotten.
package struct Forgotten: Equatable, Sendable {
    /// Answers whose bytes are gone.
    package var answers = 0
    /// Segments that were written anew.
    package var segments = 0

    package init() {}
}

extension FileHashLog {
    /// Takes back keys and removes the bytes of their answers, of all that were ever stored for them. When this
    /// returns, no file of the hash log holds them.
    package func forget(_ selection: AnswerSelection) async throws(LedgerError) -> Forgotten {
        await beginMaintenance()
        defer { endMaintenance() }
        try await finishForgetting()
        // What is sealed here is compressed by the next maintenance.
        lastMaintenance = nil
        // Sealed segments are written anew as a whole; the active one is never touched but at its end.
        try answers.retireActive()
        try await closeRetired()
        let forgetting = Forgetting(selection: selection, through: answers.active - 1)
        try forgetting.record(in: directory)
        return try await carryOut(forgetting)
    }

    /// What a crash, or a failure, has left half done. Before anything else that replaces files.
    func finishForgetting() async throws(LedgerError) {
        try answers.tidy()
        guard let forgetting = try Forgetting.pending(in: directory) else { return }
        // It may be the active one: after the crash that segment was taken up again.
        if answers.active <= forgetting.through { try answers.retireActive() }
        try await closeRetired()
        _ = try await carryOut(forgetting)
    }

    private func carryOut(_ forgetting: Forgetting) async throws(LedgerError) -> Forgotten {
        var forgotten = Forgotten()
        if case .keys(let keys) = forgetting.selection {
            // Also of an answer that cannot be read any more.
            try await takeBack(Array(keys)) { record in record.answer.file <= forgetting.through }
        }
        for segment in try answers.sealedSegments() where segment.number <= forgetting.through {
            let hits = try await inBackground { () throws(LedgerError) in
                try AnswerSearch(forgetting.selection).hits(in: segment)
            }
            if hits.lines.isEmpty { continue }
            let places = Set(hits.lines.map(\.lowerBound))
            // The keys first: a key never leads to what is not there.
            try await takeBack(hits.keys) { record in
                record.answer.file == segment.number && places.contains(Int(record.answer.offsetBytes))
            }
            try await inBackground { () throws(LedgerError) in
                guard let reader = try SegmentReader(segment) else { return }
                try SegmentRewriting.blank(hits.lines, in: reader)
            }
            answers.forgetReaders(of: segment.number)
            if var facts = answers.catalogue.sealed[segment.number] {
                facts.answers = max(0, facts.answers - hits.keys.count)
                answers.catalogue.seal(segment.number, facts)
                try answers.catalogue.write()
            }
            forgotten.answers += hits.lines.count
            forgotten.segments += 1
        }
        try AnswerSegment.removeSetAside(in: directory)
        try Forgetting.finish(in: directory)
        return forgotten
    }

    /// Records of keys as forgotten, where their newest record is one that `isMeant`.
    func takeBack(_ all: [RequestKey], _ isMeant: (KeyRecord) -> Bool) async throws(LedgerError) {
        let keys = Array(Set(all))
        await begin(keys)
        defer { end(keys) }
        let time = now().seconds
        var records: [KeyRecord] = []
        var defects: [KeyRecord] = []
        let accepted = try await find(keys, in: .keys)
        let defective = try await find(keys, in: .defects)
        for (place, key) in keys.enumerated() {
            guard let record = accepted[place], isMeant(record) else { continue }
            records.append(.forgotten(key, at: time))
            // What was paid for in vain before the answer says no more without it than it did with it.
            guard let defect = defective[place], defect.recordedAt <= record.recordedAt else { continue }
            defects.append(.forgotten(key, at: time))
        }
        guard !records.isEmpty else { return }
        if !defects.isEmpty { try await record(defects, in: .defects) }
        try await record(records, in: .keys)
    }
}
