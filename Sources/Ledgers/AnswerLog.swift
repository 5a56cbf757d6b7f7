import BatchCore
import DurableFiles
import SystemPackage

/// The segments of answers: one that is written, and those that are sealed. Owned by one actor.
struct AnswerLog {
    /// A segment that has reached this takes no more.
    static let segmentBytes = 64 << 20
    /// Open at a time, so that years of answers do not use up the descriptors of a process.
    private static let openReaders = 16

    let directory: FilePath
    private let segmentBytes: Int
    private let isWritable: Bool
    var catalogue: AnswerCatalogue
    /// The segment that takes new answers; the first of those that are not sealed.
    private(set) var active: UInt32
    private var log: AppendLog?
    /// No more is appended to these; what was still has to be committed.
    private var retired: [AppendLog] = []
    /// The one that was opened last is the last.
    private var readers: [SegmentReader] = []
    private var frames = FrameCache()

    /// - Throws: `.damaged` where a segment is missing that was not pruned.
    init(in directory: FilePath, writable: Bool, segmentBytes: Int) throws(LedgerError) {
        self.directory = directory
        self.segmentBytes = segmentBytes
        isWritable = writable
        catalogue = try AnswerCatalogue(in: directory)
        if writable { try AnswerSegment.tidy(directory) }
        let segments = try AnswerSegment.all(in: directory)
        let last = max(segments.last?.number ?? 0, catalogue.last)
        let found = Set(segments.map(\.number))
        for number in 1..<max(1, last) {
            if found.contains(number) || catalogue.pruned[number] != nil { continue }
            // While it is pruned, the removal comes after the record: whoever reads just then sees the record.
            catalogue = try AnswerCatalogue(in: directory)
            guard catalogue.pruned[number] == nil else { continue }
            throw .damaged(
                path: AnswerSegment(number, in: directory).plain.string, line: 1,
                reason: "the segment is gone, and was not pruned (hashlog repair)")
        }
        let isPlain = try segments.last?.found()?.isCompressed == false
        let isKnown = catalogue.sealed[last] != nil || catalogue.pruned[last] != nil
        active = isPlain && segments.last?.number == last && !isKnown ? last : last + 1
        guard writable else { return }
        try removePruned()
        // What a killed process wrote is in memory alone, and a key that is durable may lead to it from here on.
        for number in active - min(1, active - 1)...active {
            do throws(FileError) { try DurableFile.syncFile(segment(number).plain) } catch { throw .file(error) }
        }
    }

    /// What is left of segments after a crash, or a failure, between the record and the removal.
    private func removePruned() throws(LedgerError) {
        for segment in try AnswerSegment.all(in: directory) where isPruned(segment.number) { try segment.remove() }
    }

    /// Takes away what failures have left beside the segments that count: it may hold what is to be forgotten. Nothing
    /// else replaces files meanwhile.
    func tidy() throws(LedgerError) {
        try AnswerSegment.tidy(directory)
        try removePruned()
    }

    func segment(_ number: UInt32) -> AnswerSegment { AnswerSegment(number, in: directory) }

    /// The answers of this segment were given up.
    func isPruned(_ number: UInt32) -> Bool { catalogue.pruned[number] != nil }

    /// Those that take no more answers, and were not pruned.
    func sealedSegments() throws(LedgerError) -> [AnswerSegment] {
        try AnswerSegment.all(in: directory).filter { $0.number < active && !isPruned($0.number) }
    }

    /// Puts sealed lines in line: they are readable, and durable, once the caller has committed the log.
    /// - Parameter lines: whole lines with their newlines.
    /// - Returns: the log to commit, the segment, and the offset of the first byte in it.
    mutating func stage(_ lines: [UInt8]) throws(LedgerError) -> (log: AppendLog, segment: UInt32, offset: Int) {
        var log = try opened()
        if log.sizeBytes >= segmentBytes {
            retired.append(log)
            self.log = nil
            active += 1
            log = try opened()
        }
        return (log, active, log.appendLazily(lines))
    }

    /// Something was rotated away and is not compressed yet.
    var hasRetired: Bool { !retired.isEmpty }

    /// Ends the active segment, if anything is in it. The caller closes what `takeRetired` returns.
    mutating func retireActive() throws(LedgerError) {
        guard try segment(active).found()?.sizeBytes ?? 0 > 0 || log?.sizeBytes ?? 0 > 0 else { return }
        // Opened also where nothing was appended yet: a torn tail is cut then.
        retired.append(try opened())
        log = nil
        active += 1
    }

    /// When the first answer of the active segment was recorded; nil: none is there, or it cannot be read.
    func beganActive() throws(LedgerError) -> Timestamp? {
        guard try segment(active).found() != nil else { return nil }
        var began: Timestamp?
        try booked { () throws(FileError) in
            try LineFile(segment(active).plain).scan(limitLineBytes: SegmentReader.limitLineBytes) { _, _ in
                false
            } line: { _, line, _ in
                var lines = AnswerLineReader()
                began = lines.read(line)?.recordedAt
                return false
            }
        }
        return began
    }

    mutating func takeRetired() -> [AppendLog] { exchange(&retired, with: []) }

    /// The response member of the answer at `locator`.
    /// - Returns: nil where it was pruned or forgotten.
    /// - Throws: `.damaged` if what stands there is not the answer to `key`.
    mutating func response(at locator: AnswerLocator, for key: RequestKey) throws(LedgerError) -> [UInt8]? {
        if isPruned(locator.file) { return nil }
        guard let reader = try reader(of: locator.file) else {
            // Another process may have pruned it.
            catalogue = try AnswerCatalogue(in: directory)
            if isPruned(locator.file) { return nil }
            throw .damaged(
                path: segment(locator.file).plain.string, line: 1,
                reason: "the segment is gone, and was not pruned (hashlog repair)")
        }
        let line = try reader.read(at: Int(locator.offsetBytes), length: Int(locator.lengthBytes), &frames)
        if !line.isEmpty, line.count == locator.lengthBytes, AnswerLine.isBlank(line.span) { return nil }
        var lines = AnswerLineReader()
        guard let answer = lines.read(line.span) else {
            throw .damaged(
                path: reader.path.string, line: 1,
                reason: "at byte \(locator.offsetBytes) stands no answer as written (hashlog repair)")
        }
        guard answer.key == key else {
            throw .damaged(
                path: reader.path.string, line: 1,
                reason: "at byte \(locator.offsetBytes) stands another answer (hashlog repair)")
        }
        return Array(line[answer.answer])
    }

    /// What is known of the file of a segment holds no more: it was compressed, rewritten or removed.
    mutating func forgetReaders(of number: UInt32) {
        readers.removeAll { $0.segment.number == number }
        frames.forget(number)
    }

    private mutating func reader(of number: UInt32) throws(LedgerError) -> SegmentReader? {
        if let reader = readers.last(where: { $0.segment.number == number }) { return reader }
        guard number > 0, let reader = try SegmentReader(segment(number)) else { return nil }
        if readers.count == Self.openReaders { readers.removeFirst() }
        readers.append(reader)
        return reader
    }

    private mutating func opened() throws(LedgerError) -> AppendLog {
        precondition(isWritable, "a log that was opened for reading")
        if let log { return log }
        let path = segment(active).plain
        let log = try booked { () throws(FileError) in
            let wholeBytes = try FileFacts(at: path) == nil ? nil : try Self.wholeBytes(LineFile(path))
            return try AppendLog(opening: path, create: true, truncatingTo: wholeBytes)
        }
        self.log = log
        return log
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
