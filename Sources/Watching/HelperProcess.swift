import Glibc
import Logging
import Subprocess
import SystemPackage

/// One run of `bobbin-watch`, from start to end.
struct HelperProcess: Sendable {
    /// Exit code of the helper where inotify's limits are used up (its `Ending`; EX_UNAVAILABLE of sysexits.h).
    static let noInotifyCode: Int32 = 69

    var executable: FilePath
    var directories: [FilePath]
    var logger: Logger

    /// Runs the helper until it ends, or kills it when the task is cancelled: it holds nothing worth an orderly end.
    ///
    /// Its standard input is a pipe that is held open meanwhile and never written to. When this process dies the pipe
    /// ends, and with it the helper.
    /// - Parameter deliver: gets each frame at once, the ready frame first.
    /// - Returns: how it ended. Not being able to start it is an end, too.
    func run(_ deliver: @escaping @Sendable (HelperFrame) -> Void) async -> HelperEnd {
        let started = ContinuousClock.now
        do {
            let result = try await Subprocess.run(
                .path(executable), arguments: Self.arguments(directories), environment: environment,
                input: .inputWriter, output: .sequence, error: .sequence
            ) { helper in
                logger.debug("watch.helper.started", metadata: ["pid": "\(helper.processIdentifier)"])
                async let words = repeatWords(helper.standardError)
                try await readFrames(helper.standardOutput, deliver)
                return await words
            }
            let lived = ContinuousClock.now - started
            return end(result.terminationStatus, said: result.closureResult, after: lived)
        } catch {
            return .ended("the helper \(executable) failed: \(error)", after: ContinuousClock.now - started)
        }
    }

    private func readFrames(
        _ output: SubprocessOutputSequence, _ deliver: @Sendable (HelperFrame) -> Void
    ) async throws {
        var frames = HintFrames()
        for try await bytes in output {
            // The bytes are copied into frames before the buffer goes.
            for frame in try bytes.withUnsafeBytes({ try frames.take($0) }) { deliver(frame) }
        }
    }

    private static let linesInMinute = 20

    /// Passes on what the helper says, line by line.
    /// - Returns: the last line, which is the reason when it ended by itself.
    private func repeatWords(_ output: SubprocessOutputSequence) async -> String? {
        var last: String?
        var minute = (began: ContinuousClock.now, lines: 0)
        do {
            for try await line in output.strings() {
                last = line
                // What producers do in the inbox makes it speak: they must not be able to fill the journal.
                if ContinuousClock.now - minute.began >= .seconds(60) { minute = (.now, 0) }
                minute.lines += 1
                if minute.lines <= Self.linesInMinute {
                    logger.warning("watch.helper", metadata: ["line": "\(line)"])
                } else if minute.lines == Self.linesInMinute + 1 {
                    logger.warning("watch.helper", metadata: ["line": "it says more; a minute's rest is left out"])
                }
            }
        } catch {
            // The helper's words are lost, its frames are not.
            logger.warning("watch.helper", metadata: ["line": "its standard error cannot be read: \(error)"])
        }
        return last
    }

    private func end(_ status: TerminationStatus, said words: String?, after lived: Duration) -> HelperEnd {
        switch status {
        case .exited(Self.noInotifyCode): .noInotify(words ?? "the helper found no inotify")
        case .exited(let code): .ended(words ?? "the helper ended with exit code \(code)", after: lived)
        case .signaled(let signal): .ended("the helper was ended by signal \(signal)", after: lived)
        }
    }

    /// Each with its NUL: Subprocess hands the bytes of an argument to strdup(3), which reads on until it finds one.
    static func arguments(_ directories: [FilePath]) -> Arguments { Arguments(terminated(directories)) }

    static func terminated(_ directories: [FilePath]) -> [[UInt8]] { directories.map { $0.bytes + [0] } }

    /// Where the libraries are, and nothing else: keys in our environment are none of the helper's business.
    private var environment: Environment {
        guard let path = getenv("LD_LIBRARY_PATH") else { return .custom([[UInt8]]()) }
        return .custom(["LD_LIBRARY_PATH": String(cString: path)])
    }
}

extension FilePath {
    /// Without NUL.
    var bytes: [UInt8] {
        withPlatformString { path in
            UnsafeBufferPointer(start: path, count: strlen(path)).map { UInt8(bitPattern: $0) }
        }
    }
}
