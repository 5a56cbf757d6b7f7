package import BatchCore
import DurableFiles
import Synchronization
package import SystemPackage

/// Which days have a daily budget file, on record outside of `budget/`: a file that is gone, or was changed while the
/// daemon ran, is told from a day that has not begun. Spending on such a day stops until an operator adopts it.
package final class OpenedDays: Sendable {
    package enum State: Equatable, Sendable {
        /// Something was reserved on it, or is about to be.
        case opened
        /// Somebody else changed its file while it was in use.
        case doubtful(String)

        fileprivate var word: String { self == .opened ? "opened" : "doubtful" }
    }

    private let known: Mutex<[CivilDate: State]>
    private let log: AppendLog

    /// - Throws: `.damaged` for a line in the middle that is none; a torn last one is cut.
    package init(_ path: FilePath) throws(LedgerError) {
        let content = try Self.read(path)
        known = Mutex(content.states)
        do throws(FileError) {
            log = try AppendLog(opening: path, create: true, truncatingTo: content.wholeBytes)
        } catch {
            throw .file(error)
        }
    }

    /// The states without opening the file for writing; none where it does not exist.
    package static func states(in path: FilePath) throws(LedgerError) -> [CivilDate: State] { try read(path).states }

    package var states: [CivilDate: State] { known.withLock { $0 } }

    /// Durable when it returns.
    package func note(_ state: State, of day: CivilDate) async throws(LedgerError) {
        // Two who come together both write: neither may go on before it is on disk.
        if known.withLock({ $0[day] }) == state { return }
        do throws(FileError) {
            _ = try await log.append(Self.line(state, of: day))
        } catch {
            throw .file(error)
        }
        known.withLock { $0[day] = state }
    }

    package func close() async throws(LedgerError) {
        do throws(FileError) { try await log.close() } catch { throw .file(error) }
    }

    private static func line(_ state: State, of day: CivilDate) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("day", day.description)
            writer.member("state", state.word)
            if case .doubtful(let reason) = state { writer.member("reason", reason) }
        }
        return SealedLine.seal(writer.bytes) + [UInt8(ascii: "\n")]
    }

    private static func read(
        _ path: FilePath
    ) throws(LedgerError) -> (states: [CivilDate: State], wholeBytes: Int) {
        var states: [CivilDate: State] = [:]
        let tail: TornTail
        do throws(FileError) {
            tail = try TornTail.wholeBytes(of: path) { line in
                guard let (day, state) = parse(line.indices.map { line[$0] }) else { return false }
                states[day] = state
                return true
            }
        } catch {
            throw .file(error)
        }
        let wholeBytes = try tail.wholeBytes { line in
            LedgerError.damaged(path: path.string, line: line, reason: "it is no record of a day")
        }
        return (states, wholeBytes)
    }

    private static func parse(_ line: [UInt8]) -> (CivilDate, State)? {
        let value: JSONValue
        do { value = try JSONValue(parsing: line) } catch { return nil }
        guard SealedLine.isWhole(line), let day = value["day"]?.string.flatMap({ CivilDate($0) }) else { return nil }
        switch value["state"]?.string {
        case "opened": return (day, .opened)
        case "doubtful": return (day, .doubtful(value["reason"]?.string ?? ""))
        default: return nil
        }
    }
}
