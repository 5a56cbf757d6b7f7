import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Watching

/// How each writer delivers is recorded from real ones; see the names of the tests.
@Suite("However a file is delivered, its final name is told", .serialized, .timeLimit(.minutes(6)))
struct DeliveryTests {
    private let directory: TemporaryDirectory
    private var inbox: FilePath { directory.inbox }

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func delivered(_ name: String = "a.jsonl", by deliver: () throws -> Void) async throws {
        try await watching([inbox]) { log in
            try deliver()
            try await log.wait(forLookAt: name, in: inbox)
        }
    }

    @Test("written in pieces, as cp does: told again when it is closed")
    func pieces() async throws {
        try await watching([inbox]) { log in
            let file = try FileDescriptor.open(
                inbox.appending("a.jsonl"), .writeOnly, options: [.create], permissions: [.ownerReadWrite])
            try await log.wait(forLookAt: "a.jsonl", in: inbox)
            for _ in 0..<3 { try file.writeAll("{}\n".utf8) }
            log.forget()
            try file.close()
            try await log.wait(forLookAt: "a.jsonl", in: inbox)
        }
    }

    @Test("mv from the same file system, and over an existing name")
    func renamed() async throws {
        try write(directory.beside.appending("a"))
        try write(directory.beside.appending("b"))
        try await delivered { try move(directory.beside.appending("a"), inbox.appending("a.jsonl")) }
        try await delivered { try move(directory.beside.appending("b"), inbox.appending("a.jsonl")) }
    }

    @Test("mv within the inbox from a temporary name")
    func renamedWithin() async throws {
        try write(inbox.appending(".a.tmp"))
        try await delivered { try move(inbox.appending(".a.tmp"), inbox.appending("a.jsonl")) }
    }

    @Test("ln and rm, as OpenSSH's rename and maildir do: both names are told")
    func linked() async throws {
        try write(inbox.appending("a.tmp"))
        try await watching([inbox]) { log in
            try must(link(inbox.appending("a.tmp").string, inbox.appending("a.jsonl").string))
            try await log.wait(forLookAt: "a.jsonl", in: inbox)
            try must(unlink(inbox.appending("a.tmp").string))
            try await log.wait(forLookAt: "a.tmp", in: inbox)
        }
    }

    @Test("O_TMPFILE and linkat")
    func unnamed() async throws {
        try await delivered {
            // O_TMPFILE is hidden from Swift: __O_TMPFILE | O_DIRECTORY of asm-generic/fcntl.h.
            let file = open(inbox.string, 0o20_000_000 | O_DIRECTORY | O_WRONLY, 0o600)
            try #require(file >= 0, "errno \(errno)")
            defer { close(file) }
            let target = inbox.appending("a.jsonl").string
            try must(linkat(AT_FDCWD, "/proc/self/fd/\(file)", AT_FDCWD, target, AT_SYMLINK_FOLLOW))
        }
    }

    @Test("permissions set late")
    func permissions() async throws {
        try write(inbox.appending("a.jsonl"))
        try await delivered { try must(chmod(inbox.appending("a.jsonl").string, 0o640)) }
    }

    @Test(
        "rsync", .enabled(if: access("/usr/bin/rsync", X_OK) == 0), arguments: [[], ["--inplace"], ["--delay-updates"]])
    func rsync(options: [String]) async throws {
        let source = directory.beside.appending("a.jsonl")
        try write(source)
        try await delivered {
            try run("/usr/bin/rsync", ["-a"] + options + [source.string, inbox.string + "/"])
        }
    }

    @Test(
        "a name of any bytes",
        arguments: [
            Array("two\nlines".utf8), [UInt8](repeating: UInt8(ascii: "n"), count: 255),
            [0xFF, 0xFE, 0x2E, 0xC3, 0x28], [0x01], [0x20],
        ])
    func anyName(name: [UInt8]) async throws {
        try await watching([inbox]) { log in
            let file = creat(path(inbox, name), 0o600)
            try #require(file >= 0, "errno \(errno)")
            close(file)
            try await log.wait(for: .look(directory: inbox, name: name))
        }
    }

    @Test("a deleted file is told, too: who waits for it need not")
    func deleted() async throws {
        try write(inbox.appending("a.jsonl"))
        try await delivered { try must(unlink(inbox.appending("a.jsonl").string)) }
    }
}
