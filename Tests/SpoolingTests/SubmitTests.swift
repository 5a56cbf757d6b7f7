import BatchCore
import DurableFiles
import Spooling
import SystemPackage
import Testing

@Suite("A file that is handed in appears whole, under a name that nobody has")
struct SubmitTests {
    private let house: TestSpool

    init() throws {
        house = try TestSpool()
    }

    private func submit(_ name: String, _ text: String = "x\n") throws -> String {
        try house.spool.submit(named: name, to: house.spool.inbox) { writer throws(FileError) in
            try writer.write(Array(text.utf8))
        }
    }

    @Test("a name that is taken gets a number; a retry stays one")
    func numbered() throws {
        #expect(try [submit("a.jsonl"), submit("a.jsonl"), submit("a")] == ["a.jsonl", "a-2.jsonl", "a-3.jsonl"])
        #expect(try [submit("a.retry.jsonl"), submit("a.retry.jsonl")] == ["a.retry.jsonl", "a-2.retry.jsonl"])
        #expect(try house.names(house.spool.inbox).count == 5)
    }

    @Test("a failure leaves no name that anybody would claim")
    func failure() throws {
        let faults = FileFaults(under: house.spool.inbox) { operation, _ in operation == .fsync ? .error(5) : nil }
        #expect(throws: FileError.self) { try submit("a.jsonl") }
        faults.remove()
        #expect(try house.names(house.spool.inbox).allSatisfy { $0.hasPrefix(".") })
        #expect(try submit("a.jsonl") == "a.jsonl")
    }
}
