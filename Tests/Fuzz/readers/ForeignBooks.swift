import BatchCore
import SystemPackage

@testable import Ledgers
@testable import Spooling

/// Books that lay on a disk, each line with a checksum that fits, and logs of a job.
enum ForeignBooks {
    static let readers: [FuzzReaders.Reader] = [budget, openedDays, drift, attempts, outcomes, answerLine, frame]

    private static let place = Scratch("books")

    /// A line by itself, sealed; what is taken in is written as it is read.
    private static func budget(_ bytes: [UInt8]) {
        guard let line = sealed(bytes) else { return }
        do throws(BudgetRecordError) {
            let record = try BudgetRecord(line: line.span)
            let written = Array(record.line.dropLast())
            let again = try BudgetRecord(line: written.span)
            precondition(again == record, "written again, it is another record")
        } catch { precondition(!error.reason.isEmpty, "refused without a reason") }
    }

    private static func openedDays(_ bytes: [UInt8]) {
        place.write(sealedLines(bytes), to: "days")
        do throws(LedgerError) { _ = try OpenedDays.states(in: place.path.appending("days")) } catch { return }
    }

    private static func drift(_ bytes: [UInt8]) {
        place.write(sealedLines(bytes), to: "drift")
        do throws(LedgerError) { _ = try DriftBook.read(place.path.appending("drift")) { _ in } } catch { return }
    }

    private static func attempts(_ bytes: [UInt8]) {
        place.write(bytes, to: "attempts")
        do { _ = try AttemptLog(place.path.appending("attempts")) } catch { return }
    }

    private static func outcomes(_ bytes: [UInt8]) {
        place.write(bytes, to: "outcomes")
        do {
            let content = try ShardFile.read(place.path.appending("outcomes"))
            precondition(0...bytes.count ~= content.wholeBytes, "more whole bytes than there are")
        } catch { return }
    }

    private static func answerLine(_ bytes: [UInt8]) {
        guard let line = sealed(bytes) else { return }
        var reader = AnswerLineReader()
        guard let answer = reader.read(line.span) else { return }
        precondition(answer.answer.upperBound <= line.count, "an answer beyond its line")
        _ = reader.origin(in: line.span)
    }

    /// A frame says by itself how much it holds.
    private static func frame(_ bytes: [UInt8]) {
        let bytes = ZstdFrame.magic + bytes
        guard let size = ZstdFrame.size(at: bytes[...]), size.content <= 1 << 20 else { return }
        precondition(size.frame <= bytes.count, "a frame that is longer than what is there")
        let frame = Array(bytes[..<size.frame])
        if let content = ZstdFrame.content(of: frame, sizeBytes: size.content) {
            precondition(content.count == size.content, "another number of bytes than it says")
        }
        precondition(ZstdFrame.salvage(frame, sizeBytes: size.content).count == size.content, "salvaged another size")
    }

    /// With a checksum that fits, if it could be an object.
    private static func sealed(_ bytes: some BidirectionalCollection<UInt8>) -> [UInt8]? {
        bytes.last == UInt8(ascii: "}") && bytes.first == UInt8(ascii: "{") ? SealedLine.seal(Array(bytes)) : nil
    }

    private static func sealedLines(_ bytes: [UInt8]) -> [UInt8] {
        bytes.split(separator: 10).flatMap { (sealed($0) ?? Array($0)) + [10] }
    }
}
