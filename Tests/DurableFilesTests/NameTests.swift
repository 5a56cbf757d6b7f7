import DurableFiles
import Glibc
import SystemPackage
import Testing

@Suite("Names are bytes, and become text without loss")
struct NameTests {
    @Test("every byte that a name can have makes the round trip")
    func roundTrip() {
        for byte in UInt8(1)...255 where byte != UInt8(ascii: "/") {
            let name = [byte, UInt8(ascii: "a"), byte]
            let text = PercentName.escape(name)
            #expect(text.utf8.allSatisfy { 0x21...0x7E ~= $0 }, "\(byte)")
            #expect(PercentName.unescape(text) == name, "\(byte)")
            #expect(FilePath("/d").appending(nameBytes: name).lastNameBytes == name, "\(byte)")
        }
        #expect(PercentName.unescape(PercentName.escape([0, 47])) == [0, 47])
    }

    @Test(
        "a path is taken apart as SystemPackage takes it apart",
        arguments: [
            "", "/", "a", "/a", "a/b", "/a/b", "//a//b//", "/a/../b/.", "..", "/é/b\u{301}",
        ])
    func parts(text: String) {
        let path = FilePath(text)
        let parent = path.removingLastComponent()
        #expect(path.parent == (parent.isEmpty ? "." : parent))
        #expect(path.lastNameBytes == Array((path.lastComponent?.string ?? "").utf8))
        #expect(path.appending(nameBytes: Array("x y".utf8)) == path.appending("x y"))
    }

    @Test("letters, digits, dot, underscore and hyphen stay, the rest is escaped in upper case")
    func spelling() {
        #expect(PercentName.escape(Array("a-Z_0.jsonl".utf8)) == "a-Z_0.jsonl")
        #expect(PercentName.escape(Array("a b/é%".utf8)) == "a%20b%2F%C3%A9%25")
    }

    @Test("a name has one spelling", arguments: ["%", "%4", "%4g", "%2f", "%41", "a b", "é", "a/b"])
    func refused(text: String) {
        #expect(PercentName.unescape(text) == nil)
    }

    @Test("a name cannot write a line of its own into a log")
    func printable() {
        #expect(FilePath("/spool/in box/é.jsonl").printable == "/spool/in box/é.jsonl")
        #expect(FilePath("/s").appending(nameBytes: Array("a\nb".utf8)).printable == "/s/a%0Ab")
        #expect(FilePath("/s").appending(nameBytes: [0xFF]).printable.hasSuffix("%FF"))
        #expect(!FilePath("/s/\u{202E}x").printable.contains("\u{202E}"))
    }

    @Test("an error says what failed, on what, why, and what to do")
    func error() {
        let error = FileError(.fsync, "/x/y", ENOSPC)
        #expect(
            error.description
                == "fsync /x/y: no space left on device (ENOSPC): free space in the spool; nothing is lost")
        #expect(error.isOutOfSpace && error.isEnvironmental)
        #expect(FileError(.write, "/x", EDQUOT).isOutOfSpace)
        #expect(!FileError(.write, "/x", EIO).isOutOfSpace && FileError(.write, "/x", EIO).isEnvironmental)
        #expect(FileError(.open, "/x", ENOTBLK).description == "open /x: Block device required (errno 15)")
    }
}
