import DurableFiles
import Glibc
import SystemPackage
import Testing

@Suite("A rename never overwrites, and a lost race is an answer")
struct RenameTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test("onto a free name")
    func moved() throws {
        let path = try directory.write("a", "a")
        #expect(try DurableFile.rename(path, to: directory("b")) == .moved)
        #expect(try directory.names == ["b"])
    }

    @Test("onto an existing file, directory or dangling link", arguments: ["file", "directory", "link"])
    func targetExists(kind: String) throws {
        let path = try directory.write("a", "a")
        _ = try directory.write("old", "file")
        try DurableFile.makeDirectory(directory("directory"))
        #expect(symlink("nowhere", directory("link").string) == 0)
        #expect(try DurableFile.rename(path, to: directory(kind)) == .targetExists)
        #expect(try directory.text("file") == "old")
        #expect(try directory.text("a") == "a")
    }

    @Test("of a file that somebody else took")
    func sourceMissing() throws {
        #expect(try DurableFile.rename(directory("a"), to: directory("b")) == .sourceMissing)
        #expect(try DurableFile.link(directory("a"), to: directory("b")) == .sourceMissing)
    }

    @Test("into a directory that is not there is trouble, not a lost race")
    func directoryMissing() throws {
        let path = try directory.write("a", "a")
        let error = #expect(throws: FileError.self) { try DurableFile.rename(path, to: directory("no/b")) }
        #expect(error?.code == ENOENT)
        #expect(try directory.text("a") == "a")
    }

    @Test("of a directory with all that is in it")
    func directories() throws {
        try DurableFile.makeDirectory(directory("processing"))
        _ = try directory.write("a", "processing/a")
        #expect(try DurableFile.rename(directory("processing"), to: directory("done")) == .moved)
        #expect(try directory.text("done/a") == "a")
    }

    @Test(
        "between mounts, and where the file system cannot, is said in words",
        arguments: [
            (EXDEV, "keep the whole spool on one mount"), (EINVAL, "cannot rename without replacing"),
        ])
    func words(code: Int32, words: String) throws {
        let path = try directory.write("a", "a")
        let faults = directory.failing(.rename, with: code)
        defer { faults.remove() }
        let error = #expect(throws: FileError.self) { try DurableFile.rename(path, to: directory("b")) }
        #expect(error?.code == code)
        #expect(error?.description.contains(words) == true)
    }

    @Test("a second name is made only where none is")
    func link() throws {
        let path = try directory.write("a", "a")
        #expect(try DurableFile.link(path, to: directory("b")) == .moved)
        #expect(try DurableFile.link(path, to: directory("b")) == .targetExists)
        #expect(try FileFacts(at: path)?.links == 2)
    }
}
