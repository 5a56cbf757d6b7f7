import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Watching

/// `bobbin-watch` with its three descriptors in the hands of the test, which may also not read them.
final class RawHelper {
    let process: pid_t
    private let input: FileDescriptor
    private let output: FileDescriptor
    private let errors: FileDescriptor
    private var frames = HintFrames()
    private(set) var hints: [HelperFrame] = []

    /// - Parameter wrapper: a program and its arguments that executes the helper's command line.
    init(_ arguments: [String], wrapper: [String] = []) throws {
        let helper = try #require(HelperLocation.find(), "bobbin-watch stands beside the tests")
        let (input, output, errors) = (try closedOnExec(), try closedOnExec(), try closedOnExec())
        let line = wrapper + [helper.string] + arguments
        process = try start(
            line[0], Array(line.dropFirst()), descriptors: [input.readEnd, output.writeEnd, errors.writeEnd])
        try [input.readEnd, output.writeEnd, errors.writeEnd].forEach { try $0.close() }
        (self.input, self.output, self.errors) = (input.writeEnd, output.readEnd, errors.readEnd)
    }

    func closeInput() throws { try input.close() }
    func closeOutput() throws { try output.close() }

    /// Reads what is there until the condition holds.
    func read(_ what: String, until condition: ([HelperFrame]) -> Bool) async throws {
        try await eventually("\(what), had \(hints.suffix(10))") {
            var state = pollfd(fd: output.rawValue, events: Int16(POLLIN), revents: 0)
            while poll(&state, 1, 0) > 0, !condition(hints) {
                let bytes = try drain(output)
                if bytes.isEmpty { break }
                hints += try frames.take(bytes)
            }
            return condition(hints)
        }
    }

    /// Waits for its end.
    /// - Returns: its exit code and its words.
    func end() async throws -> (code: Int32, words: String) {
        var words: [UInt8] = []
        var status: Int32 = 0
        try await eventually("the end of the helper") { waitpid(process, &status, WNOHANG) == process }
        var state = pollfd(fd: errors.rawValue, events: Int16(POLLIN), revents: 0)
        while poll(&state, 1, 0) > 0 {
            let bytes = try drain(errors)
            if bytes.isEmpty { break }
            words += bytes
        }
        return (status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F, String(decoding: words, as: UTF8.self))
    }
}

private func drain(_ descriptor: FileDescriptor) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = try bytes.withUnsafeMutableBytes { try descriptor.read(into: $0) }
    return Array(bytes.prefix(count))
}

private func closedOnExec() throws -> (readEnd: FileDescriptor, writeEnd: FileDescriptor) {
    let pipe = try FileDescriptor.pipe()
    // Else the helper holds the other end of its own input and never sees it end.
    for end in [pipe.readEnd, pipe.writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
    return pipe
}
