import DurableFiles
import Glibc
import Spooling
import SystemPackage
import Testing

@Suite("A directory of the spool outlives the machine's power, and so what is durable in it")
struct DurableDirectoriesTests {
    @Test("each is made, and its parent synced, before anything is put into it; once")
    func prepared() throws {
        let base = FilePath(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")
        let root = base.appending("bobbin-directories-\(UInt64.random(in: .min ... .max))")
        let spool = Spool(root)
        let calls = FileFaults(under: base)
        defer { calls.remove() }
        try spool.prepare()
        _ = try spool.prepareLane("nightly")
        let mine = calls.calls.filter { $0.path == base || $0.path.starts(with: root) }
        let made = mine.indices.filter { mine[$0].operation == .mkdir }
        #expect(made.count == 13)
        for index in made {
            let parent = mine[index].path.parent
            let next = mine[(index + 1)...].first { $0.operation == .fsync || $0.operation == .mkdir }
            #expect(next?.operation == .fsync && next?.path == parent, "\(mine[index].path)")
        }
        func syncs() -> Int { calls.calls.count { $0.operation == .fsync && $0.path.starts(with: root) } }
        let before = syncs()
        try spool.prepare()
        #expect(syncs() == before, "what is there already costs nothing")
        try DurableFile.removeTree(root)
    }
}
