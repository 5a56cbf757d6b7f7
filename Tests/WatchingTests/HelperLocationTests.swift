import Glibc
import SystemPackage
import Testing

@testable import Watching

@Suite("The helper is found beside the executable")
struct HelperLocationTests {
    @Test("of the running process, whatever it was called as")
    func running() {
        let executable = HelperLocation.runningExecutable()
        #expect(executable?.removingLastComponent() == HelperLocation.find()?.removingLastComponent())
    }

    @Test("given: only when it can be executed")
    func given() throws {
        let directory = try TemporaryDirectory()
        let helper = directory.beside.appending("bobbin-watch")
        let executable = directory.beside.appending("bobbin")
        try write(helper)
        #expect(HelperLocation.find(besideExecutable: executable) != helper)
        try must(chmod(helper.string, 0o755))
        #expect(HelperLocation.find(besideExecutable: executable) == helper)
    }
}
