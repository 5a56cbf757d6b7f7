import BatchCore
import DurableFiles
import Glibc
import Ledgers
import SystemPackage

/// A hash log whose files were damaged as the bytes say, opened for reading and for writing. It may refuse; an answer
/// that it gives is, to the byte, the one that was accepted under this key.
@main
enum FuzzLog {
    /// libFuzzer has its own.
    static func main() {}

    private static let whole = WholeLog()
    private static let place = FilePath("/dev/shm").appending("bobbin-fuzz-log-\(getpid())")

    static func check(_ bytes: [UInt8]) {
        var edits = Edits(bytes)
        LogFiles.lay(edits.applied(to: whole.files), in: place)
        waited {
            await ask(whole, place, writable: false)
            await ask(whole, place, writable: true)
            await ask(whole, place, writable: true)
        }
    }

    static func ask(_ whole: WholeLog, _ place: FilePath, writable: Bool) async {
        do throws(LedgerError) {
            let log = try FileHashLog(in: place, writable: writable) { Timestamp(seconds: 1_700_000_000) }
            for (key, answer) in whole.answers {
                do throws(LedgerError) {
                    guard case .accepted(let locator) = try await log.recall([key])[0] else { continue }
                    let response = try await log.response(at: locator, for: key)
                    precondition(response == answer, "an answer that nobody accepted")
                } catch .damaged { continue }
            }
            do throws(LedgerError) {
                let unknown = try await log.recall([WholeLog.key("never accepted"), WholeLog.key("new")])
                precondition(unknown[0] == nil, "a key that nobody accepted")
            } catch .damaged {}
            do throws(LedgerError) { try await log.verify() } catch .damaged {}
            guard writable else { return }
            let (new, answer) = (WholeLog.key("new"), WholeLog.answer("new"))
            try await log.accept([(new, answer)], replacing: true)
            try await log.rememberDefects([WholeLog.key("new defect")])
            guard case .accepted(let locator) = try await log.recall([new])[0] else {
                preconditionFailure("what was acknowledged is lost")
            }
            let response = try await log.response(at: locator, for: new)
            precondition(response == answer, "what was acknowledged is another answer")
        } catch .damaged {
            return
        } catch {
            preconditionFailure("\(error)")
        }
    }
}

/// libFuzzer calls it for each try, and looks for a failed precondition.
@_cdecl("LLVMFuzzerTestOneInput")
package func tryOne(_ bytes: UnsafePointer<UInt8>?, _ length: Int) -> CInt {
    FuzzLog.check(Array(UnsafeBufferPointer(start: bytes, count: length)))
    return 0
}
