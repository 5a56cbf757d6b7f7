import DurableFiles
import Subprocess
import SystemPackage

/// Tells by a program: `{event}` and `{id}` in its arguments stand for those of the notice, which comes as JSON on
/// standard input. Exit code 0 is success.
struct ProgramSender: Sendable {
    private static let timeout = Duration.seconds(30)

    let command: [String]
    /// Names of environment variables that it does not inherit.
    let hidden: [String]

    func send(_ notice: Notice) async -> DeliveryEnd {
        guard let program = command.first else { return .failed("no program is named") }
        let arguments = command.dropFirst().map { argument in
            switch argument {
            case "{event}": notice.event
            case "{id}": notice.id
            default: argument
            }
        }
        // Not by the library's own way to write to a program: where one ends without reading, that ends this process.
        guard let input = FilledPipe.holding(notice.payloadWithID) else {
            return .failed("no pipe for \(program): too many open files?")
        }
        return await withTaskGroup(of: DeliveryEnd.self) { group in
            group.addTask {
                do {
                    let result = try await Subprocess.run(
                        .path(FilePath(program)), arguments: Arguments(arguments), environment: environment,
                        input: .fileDescriptor(input, closeAfterSpawningProcess: true), output: .discarded,
                        error: .discarded)
                    let status = result.terminationStatus
                    return status.isSuccess ? .delivered : .failed("\(program) ended with \(status)")
                } catch {
                    return .failed("\(program): \(error)")
                }
            }
            group.addTask {
                do { try await Task.sleep(for: Self.timeout) } catch { return .failed("\(program) was stopped") }
                return .failed("\(program) took longer than \(Self.timeout)")
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failed("\(program) was not started")
        }
    }

    private var environment: Environment {
        .inherit.updating(
            Dictionary(uniqueKeysWithValues: Set(hidden).map { (Environment.Key(stringLiteral: $0), nil) }))
    }
}
