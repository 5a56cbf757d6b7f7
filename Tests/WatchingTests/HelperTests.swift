import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Watching

@Suite("The helper ends when it should, and its exit code says why", .serialized, .timeLimit(.minutes(6)))
struct HelperTests {
    private let directory: TemporaryDirectory
    private var inbox: String { directory.inbox.string }

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test("with its standard input, quietly")
    func inputEnds() async throws {
        let helper = try RawHelper([inbox])
        try await helper.read("ready") { $0.contains(.ready) }
        try helper.closeInput()
        let (code, words) = try await helper.end()
        #expect(code == 0)
        #expect(words == "")
    }

    @Test("with its standard input, also while events keep coming")
    func inputEndsInFlood() async throws {
        let helper = try RawHelper([inbox])
        try await helper.read("ready") { $0.contains(.ready) }
        try helper.closeInput()
        var status: Int32 = 0
        try await eventually("the end of the helper") {
            try write(directory.inbox.appending("a"))
            return waitpid(helper.process, &status, WNOHANG) == helper.process
        }
        #expect(status == 0)
    }

    @Test("when nobody reads its frames, quietly")
    func outputEnds() async throws {
        let helper = try RawHelper([inbox])
        try await helper.read("ready") { $0.contains(.ready) }
        try helper.closeOutput()
        try write(directory.inbox.appending("a"))
        let (code, words) = try await helper.end()
        #expect(code == 0)
        #expect(words == "")
    }

    @Test("64 without a directory")
    func usage() async throws {
        #expect(try await RawHelper([]).end() == (64, "bobbin-watch: usage: bobbin-watch DIR...\n"))
    }

    @Test("66 where there is no directory, or it is a file")
    func noDirectory() async throws {
        let (code, words) = try await RawHelper([inbox, inbox + "/none"]).end()
        #expect(code == 66)
        #expect(words == "bobbin-watch: cannot watch \(inbox)/none: No such file or directory\n")
        try write(directory.inbox.appending("file"))
        #expect(try await RawHelper([inbox + "/file"]).end().code == 66)
    }

    @Test("75 when the directory is moved, after saying so")
    func moved() async throws {
        let helper = try RawHelper([inbox])
        try await helper.read("ready") { $0.contains(.ready) }
        try move(directory.inbox, directory.path.appending("moved"))
        try await helper.read("lost") { $0.contains(.hint(.scan(.watchLost(directory.inbox)))) }
        #expect(try await helper.end().code == 75)
    }

    @Test("75 when a parent of the directory is moved, which gives no event")
    func parentMoved() async throws {
        let parent = directory.beside
        try makeDirectory(parent.appending("inbox"))
        let helper = try RawHelper([parent.appending("inbox").string])
        try await helper.read("ready") { $0.contains(.ready) }
        try move(parent, directory.path.appending("moved"))
        try await helper.read("lost") { $0.contains(.hint(.scan(.watchLost(parent.appending("inbox"))))) }
        #expect(try await helper.end().code == 75)
    }

    /// A user namespace has limits of its own, so they can be used up here without harm.
    private static let starved = ["/usr/bin/unshare", "-U", "-r", "/bin/sh", "-c"]
    private static let canStarve = canRun(starved + ["echo 0 > /proc/sys/user/max_inotify_instances"])

    @Test(
        "69 when the kernel has no instance or no watch left", .enabled(if: canStarve),
        arguments: ["instances", "watches"])
    func noInotify(what: String) async throws {
        let script = "echo 0 > /proc/sys/user/max_inotify_\(what) && exec \"$@\""
        let (code, words) = try await RawHelper([inbox], wrapper: Self.starved + [script, "sh"]).end()
        #expect(code == HelperProcess.noInotifyCode)
        #expect(words.contains("see the limits in /proc/sys/fs/inotify"), "\(words)")
        #expect(words.split(separator: "\n").count == 1)
    }

    @Test("69, not an abort, when its descriptor is too large for select")
    func descriptorTooLarge() async throws {
        // The shell leaves 1,100 descriptors open over exec; dash only does single digits, so python is asked nicely.
        let script = "import os,sys; [os.dup2(0, n, True) for n in range(3, 1100)]; os.execv(sys.argv[1], sys.argv[1:])"
        let helper = try RawHelper([inbox], wrapper: ["/usr/bin/python3", "-c", script])
        #expect(try await helper.end().code == HelperProcess.noInotifyCode)
    }
}

func canRun(_ line: [String]) -> Bool {
    do {
        try run(line[0], Array(line.dropFirst()))
        return true
    } catch {
        return false
    }
}
