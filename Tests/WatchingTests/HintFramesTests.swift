import SystemPackage
import Testing

@testable import Watching

@Suite("Frames come out whole, wherever the pipe tears them")
struct HintFramesTests {
    private let bytes: [UInt8] =
        Array("R\0H/in/a.jsonl\0D/in/lane\0O\0L/in\0H/in/lane/".utf8) + [0xFF, 0x0A, 0x52] + Array("\0H/x\0".utf8)
    private let frames: [HelperFrame] = [
        .ready,
        .hint(.look(directory: "/in", name: Array("a.jsonl".utf8))),
        .hint(.scan(.directoryChanged("/in/lane"))),
        .hint(.scan(.overflow)),
        .hint(.scan(.watchLost("/in"))),
        .hint(.look(directory: "/in/lane", name: [0xFF, 0x0A, 0x52])),
        .hint(.look(directory: "/", name: Array("x".utf8))),
    ]

    @Test("in two reads, cut at every byte")
    func twoReads() throws {
        for cut in 0...bytes.count {
            var parser = HintFrames()
            let found = try parser.take(bytes[..<cut]) + parser.take(bytes[cut...])
            #expect(found == frames, "cut at \(cut)")
        }
    }

    @Test("byte by byte")
    func byteByByte() throws {
        var parser = HintFrames()
        var found: [HelperFrame] = []
        for byte in bytes { found += try parser.take([byte]) }
        #expect(found == frames)
    }

    @Test("a path of any bytes stays as it is")
    func anyBytes() throws {
        var parser = HintFrames()
        let directory: [UInt8] = Array("/in/".utf8) + [0xC3, 0x28, 0x0A]
        let found = try parser.take(Array("H".utf8) + directory + Array("/n".utf8) + [0])
        #expect(found == [.hint(.look(directory: FilePath(bytes: directory), name: Array("n".utf8)))])
        #expect(FilePath(bytes: directory).bytes == directory)
    }

    @Test(
        "what is no frame is an error", arguments: ["", "X/in", "R/in", "H", "Hin/a", "H/in/", "D", "Din", "O/in", "L"])
    func noFrame(text: String) {
        var parser = HintFrames()
        #expect(throws: HintFrameError.unknown(Array(text.utf8))) { try parser.take(Array(text.utf8) + [0]) }
    }

    @Test("the longest path there is fits, one that never ends does not fill the memory")
    func length() throws {
        var parser = HintFrames()
        let longest = "H/" + String(repeating: "a", count: 4000) + "/" + String(repeating: "b", count: 255)
        #expect(try parser.take(Array(longest.utf8) + [0]).count == 1)
        #expect(throws: HintFrameError.tooLong(bytes: HintFrames.longestFrameBytes)) {
            for _ in 0..<100 { _ = try parser.take([UInt8](repeating: 0x61, count: 64)) }
        }
    }
}
