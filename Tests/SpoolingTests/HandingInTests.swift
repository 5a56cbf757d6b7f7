import BatchCore
import DurableFiles
import Glibc
import SystemPackage
import Testing

@testable import Spooling

@Suite("What is handed in at the same time under one name arrives whole, each file once")
struct HandingInTests {
    @Test("eight at a time, the same name each time")
    func sameName() async throws {
        try await withSpool { spool in
            let contents = (0..<200).map { "content \($0)" }
            let names = try await withThrowingTaskGroup(of: [String].self) { group in
                for part in 0..<8 {
                    group.addTask {
                        try stride(from: part, to: contents.count, by: 8).map { number in
                            try spool.submit(named: "batch.jsonl", to: spool.inbox) { writer throws(FileError) in
                                try writer.write(Array(contents[number].utf8))
                            }
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(names).count == contents.count)
            let found = try names.map {
                String(decoding: try DurableFile.read(spool.inbox.appending($0)) ?? [], as: UTF8.self)
            }
            #expect(Set(found) == Set(contents))
            #expect(try DurableFile.list(spool.inbox).count == contents.count, "no temporary file is left")
        }
    }
}

@Suite("A job's directory is one job's alone")
struct ClaimIdentityTests {
    @Test("an id that is taken claims nothing, and leaves both files as they are")
    func takenID() async throws {
        try await withSpool { spool in
            let id = try #require(JobID("batch.20261124T114054Z.abcdef"))
            for name in ["one.jsonl", "two.jsonl"] {
                try DurableFile.publish(Array(name.utf8), to: spool.inbox.appending(name), durable: false)
            }
            func claim(_ name: String) async throws -> Bool {
                let arrival = Arrival(directory: spool.inbox, name: Array(name.utf8), lane: "default")
                let facts = try #require(try FileFacts(at: arrival.path))
                let claim = try await spool.claim(
                    arrival, seen: facts, expected: nil, as: id, at: .init(milliseconds: 0))
                guard let claim else { return false }
                _ = try await claim.snapshot(limitBytes: .max, isLastTry: false, in: spool.snapshotSpace)
                return true
            }
            #expect(try await claim("one.jsonl"))
            #expect(try await claim("two.jsonl") == false)
            #expect(try DurableFile.read(spool.job(id).input) == Array("one.jsonl".utf8))
            #expect(try spool.job(id).record()?.name == Array("one.jsonl".utf8))
            #expect(try DurableFile.read(spool.inbox.appending("two.jsonl")) == Array("two.jsonl".utf8))
        }
    }
}

private func withSpool(_ body: (Spool) async throws -> Void) async throws {
    let base = FilePath(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")
    let root = base.appending("bobbin-handing-in-\(UInt64.random(in: .min ... .max))")
    try DurableFile.makeDirectory(root)
    let spool = Spool(root)
    try spool.prepare()
    try await body(spool)
    try DurableFile.removeTree(root)
}
