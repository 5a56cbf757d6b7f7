import BatchCore
import CProgram
import Glibc
import Synchronization

/// One run of a foreign program that may hang, crash, write for ever, read nothing or start others without end. Its
/// input is a file without a name that is whole beforehand, so that nobody writes to it; its environment has two
/// variables, and no other file of ours is open in it. When `run` returns, everything that it has started is over.
struct SupervisedProgram {
    enum End: Equatable {
        case exited(code: Int32, output: [UInt8])
        case killed(signal: Int32)
        case notStarted(String)
        case tookTooLong
        case wroteTooMuch
        case stopped
    }

    /// A verdict is a line; more than this is no verdict, however long it goes on.
    static let outputBytesMax = 64 << 10
    private static let environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"]
    /// How long a program that was killed may need to go; in an uninterruptible wait for a disk it cannot.
    private static let lastWait = Duration.seconds(2)
    /// How soon a stop is noticed.
    private static let look = Duration.milliseconds(100)

    let command: [String]
    let directory: String
    let timeout: Duration

    init(_ policy: JudgeProgram) {
        (command, directory, timeout) = (policy.exec, policy.directory, policy.timeout)
    }

    /// Blocks its thread.
    func run(_ input: [UInt8], unless isStopping: () -> Bool) -> End {
        LostSupervisors.shared.reap()
        let file = cprogram_input(input, input.count)
        guard file >= 0 else { return .notStarted(Self.reason(-file)) }
        var program = cprogram()
        let started = Self.withStrings(command) { arguments in
            Self.withStrings(Self.environment) { environment in
                cprogram_start(command[0], arguments, environment, directory, Int32(file), &program)
            }
        }
        _ = cprogram_close(Int32(file))
        guard started == 0 else { return .notStarted(Self.reason(-started)) }
        let end = follow(&program, unless: isStopping)
        if program.output >= 0 { _ = cprogram_close(program.output) }
        Self.finish(program)
        return end
    }

    /// Until it is over by itself, or there is a reason to end it.
    private func follow(_ program: inout cprogram, unless isStopping: () -> Bool) -> End {
        let deadline = ContinuousClock.now + timeout
        var output: [UInt8] = []
        while true {
            if isStopping() { return .stopped }
            let left = deadline - .now
            if left <= .zero { return .tookTooLong }
            let ready = cprogram_wait(&program, min(left, Self.look).milliseconds)
            guard ready >= 0 else { return .notStarted(Self.reason(-ready)) }
            // Its last words come before the word that it has ended.
            if ready & 1 != 0 {
                if !Self.read(&program, &output) { return .wroteTooMuch }
            } else if ready & 2 != 0 {
                return Self.end(program, output)
            }
        }
    }

    /// - Returns: false: it has written more than it may.
    private static func read(_ program: inout cprogram, _ output: inout [UInt8]) -> Bool {
        let piece = [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, count in
            count = max(0, cprogram_read(program.output, buffer.baseAddress, buffer.count))
        }
        if piece.isEmpty {
            // Nobody holds the other end any more.
            _ = cprogram_close(program.output)
            program.output = -1
        }
        output += piece
        return output.count <= outputBytesMax
    }

    private static func end(_ program: cprogram, _ output: [UInt8]) -> End {
        var message = cprogram_message()
        guard cprogram_receive(program.control, &message) == 1 else { return .killed(signal: SIGKILL) }
        if message.kind != 0 { return .notStarted(reason(Int(message.value))) }
        let signal = message.value & 0x7f
        return signal == 0 ? .exited(code: message.value >> 8 & 0xff, output: output) : .killed(signal: signal)
    }

    /// Ends what is left, and takes the supervisor's last word.
    private static func finish(_ program: cprogram) {
        _ = cprogram_end(program.control)
        var ending = cprogram(supervisor: program.supervisor, control: program.control, output: -1)
        let deadline = ContinuousClock.now + lastWait
        var message = cprogram_message()
        var isOver = false
        while !isOver, ContinuousClock.now < deadline {
            if cprogram_wait(&ending, look.milliseconds) == 2 {
                isOver = cprogram_receive(ending.control, &message) == 0
            }
        }
        _ = cprogram_close(ending.control)
        if isOver {
            _ = cprogram_reap(program.supervisor, 1)
        } else {
            LostSupervisors.shared.add(program.supervisor)
        }
    }

    private static func reason(_ error: Int) -> String { String(cString: strerror(Int32(error))) }

    /// A list of C strings that ends with NULL, for the time of the call.
    private static func withStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) } + [nil]
        defer { for copy in copies { free(copy) } }
        return copies.withUnsafeBufferPointer { list in
            guard let first = list.baseAddress else { preconditionFailure("the list has its end at least") }
            return body(first)
        }
    }
}

/// Supervisors that could not end their program in time, and are still at it.
private final class LostSupervisors: Sendable {
    static let shared = LostSupervisors()

    private let ids = Mutex<Set<Int32>>([])

    func add(_ id: Int32) { ids.withLock { _ = $0.insert(id) } }

    func reap() { ids.withLock { ids in ids = ids.filter { cprogram_reap($0, 0) == 0 } } }
}

extension Duration {
    /// Rounded up, so that a wait is not over before it is.
    fileprivate var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        return Int32(clamping: seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
