import Daemon
import DurableFiles
import Glibc
import Spooling
import Synchronization
import SystemPackage
import Testing

@Suite("The self-test cannot be kept from passing by who may write into inbox/")
final class SelfTestTests {
    private let spool: Spool

    init() throws {
        spool = Spool(FilePath("/tmp/bobbin-selftest-\(getpid())-\(UInt32.random(in: .min ... .max))"))
        try spool.prepare()
    }

    deinit {
        do { try DurableFile.removeTree(spool.root) } catch { print("left behind: \(error)") }
    }

    private func failed(_ selfTest: SelfTest) -> [String] {
        selfTest.run().filter { $0.status == .failed }.map { "\($0.name): \($0.detail)" }
    }

    @Test("directories with names that it has used before are in nobody's way")
    func fixedNames() throws {
        for name in [".bobbin-self-test", ".bobbin-self-test.2", SelfTest.prefix] {
            try DurableFile.makeDirectory(spool.inbox.appending(name))
        }
        #expect(failed(SelfTest(spool)).isEmpty)
    }

    @Test("a lane that somebody else made is told", .enabled(if: geteuid() == 0, "only root gives files away"))
    func laneOfStranger() throws {
        let lane = spool.inbox.appending("nightly")
        try DurableFile.makeDirectory(lane)
        func warnings() -> [String] { SelfTest(spool).run().filter { $0.name == "directories" }.map(\.status.rawValue) }
        #expect(warnings() == ["passed"])
        try #require(chown(lane.string, 4711, 4711) == 0)
        #expect(warnings() == ["warning"] && SelfTest(spool).run()[0].detail.contains("uid 4711"))
    }

    @Test("a name that is taken is another try", arguments: ["inbox", "processing", "done"])
    func taken(directory: String) throws {
        let count = Atomic<Int>(0)
        let names: @Sendable () -> String = {
            // Every second one is taken.
            let number = count.add(1, ordering: .relaxed).oldValue
            return SelfTest.prefix + (number % 2 == 0 ? "taken" : "\(number)")
        }
        try DurableFile.makeDirectory(spool.root.appending(directory).appending(SelfTest.prefix + "taken"))
        #expect(failed(SelfTest(spool, newName: names)).isEmpty)
        #expect(count.load(ordering: .relaxed) > 4)
    }

    @Test("where every name is taken, it says so")
    func allTaken() throws {
        try DurableFile.makeDirectory(spool.inbox.appending(SelfTest.prefix + "taken"))
        #expect(failed(SelfTest(spool) { SelfTest.prefix + "taken" }).contains { $0.contains("every name") })
    }

    @Test("what a crash left is removed, and what is no file of ours stays")
    func leftovers() throws {
        let left = spool.done.appending(SelfTest.prefix + "left")
        let directory = spool.inbox.appending(SelfTest.prefix + "directory")
        try DurableFile.publish([], to: left, durable: false)
        try DurableFile.makeDirectory(directory)
        #expect(failed(SelfTest(spool)).isEmpty)
        #expect(try FileFacts(at: left) == nil && FileFacts(at: directory) != nil)
        #expect(try DurableFile.list(spool.done).isEmpty && DurableFile.list(spool.processing).isEmpty)
    }
}
