import BatchCore
import DurableFiles
import Spooling
import SystemPackage

/// Step 11, first half: the result files of a job, written into its directory; the report comes last.
struct ResultWriter {
    let run: JobRun
    let fates: [LineFate]
    let report: JobReport
    let stored: StoredOutcomes

    init(run: JobRun, fates: [LineFate], report: JobReport) {
        self.run = run
        self.fates = fates
        self.report = report
        stored = StoredOutcomes(run.directory)
    }

    /// Writes one directory: all of a job that goes to one place, or one side of a split.
    /// - Parameter reprocess: the lines for reprocess.jsonl; of a split it is one file for both sides.
    func write(into directory: FilePath, _ side: (LineFate) -> Bool, reprocess: (LineFate) -> Bool) throws {
        try write(directory.appending("output.jsonl"), side) { fate in
            if case .output = fate.end { true } else { false }
        }
        try write(directory.appending("errors.jsonl"), side) { fate in
            if case .output = fate.end { false } else { true }
        }
        let again = fates.filter { reprocess($0) && $0.isWorthReprocessing }
        let path = directory.appending("reprocess.jsonl")
        // A crash may have left one of a verdict that a changed gate does not give any more.
        if again.isEmpty { try DurableFile.remove(path) } else { try writeReprocess(path, again) }
    }

    /// Input lines, byte for byte as they came.
    func copyInput(_ path: FilePath, _ lines: [LineFate]) throws {
        let input = try LineFile(run.directory.input)
        try DurableFile.publish(to: path) { writer throws(FileError) in
            for fate in lines where fate.length <= InputReader.longestLineBytes {
                try writer.write(try input.read(at: fate.offset, length: fate.length))
                try writer.write([UInt8(ascii: "\n")])
            }
        }
    }

    private func write(
        _ path: FilePath, _ side: (LineFate) -> Bool, _ belongs: (LineFate) -> Bool
    ) throws {
        var damage: (any Error)?
        try DurableFile.publish(to: path) { writer throws(FileError) in
            for fate in fates where side(fate) && belongs(fate) {
                var outcome = fate.outcome
                do { outcome?.response = try fate.stored.flatMap { try stored.outcome($0).response } } catch {
                    damage = error
                    return
                }
                let line = ResultLine(
                    job: run.directory.id.suffix, fate: fate,
                    customID: try run.input.customID(at: fate.offset, length: fate.length), outcome: outcome)
                try writer.write(line.bytes)
            }
        }
        if let damage { throw damage }
    }
}
