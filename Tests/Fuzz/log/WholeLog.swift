import BatchCore
import Glibc
import Ledgers
import SystemPackage

/// A small log as it should be: what was accepted, and the files that came of it.
struct WholeLog: Sendable {
    let answers: [(key: RequestKey, response: [UInt8])]
    let files: [LogFiles.File]

    init() {
        let place = FilePath("/dev/shm").appending("bobbin-fuzz-whole-\(getpid())")
        LogFiles.lay([], in: place)
        let answers = (0..<12).map { (key: Self.key("\($0)"), response: Self.answer("\($0)")) }
        waited {
            do {
                let log = try FileHashLog(in: place) { Timestamp(seconds: 1_700_000_000) }
                try await log.accept(Array(answers[..<5]))
                try await log.rememberDefects((0..<3).map { Self.key("defect \($0)") })
                try await log.accept(Array(answers[5...]))
            } catch {
                preconditionFailure("\(error)")
            }
        }
        self.answers = answers
        files = LogFiles.read(place)
        LogFiles.remove(place)
    }

    static func key(_ name: String) -> RequestKey { RequestKey(SHA256.digest(of: Array(name.utf8))) }

    static func answer(_ name: String) -> [UInt8] {
        Array(#"{"status_code":200,"request_id":"\#(name)","body":{"choices":[]}}"#.utf8)
    }
}
