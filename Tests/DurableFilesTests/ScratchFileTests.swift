import DurableFiles
import Glibc
import TestSupport
import Testing

@Suite("A scratch file gives back what was put in, from memory and from its file, and leaves no name")
struct ScratchFileTests {
    @Test("where files cannot be without a name, the name goes at once, also the one that a crash left")
    func named() throws {
        let directory = try TemporaryDirectory()
        let unlinks = Counter()
        func scratch(failing: Bool) throws {
            let faults = FileFaults(under: directory.path) { operation, path in
                if operation == .open, path == directory.path { return .error(EOPNOTSUPP) }
                return failing && operation == .unlink && unlinks.next() == 1 ? .error(EIO) : nil
            }
            defer { faults.remove() }
            var file = ScratchFile(in: directory.path, bufferBytes: 64)
            let words = [UInt64](repeating: 7, count: 100)
            try file.append(words.span)
            try file.append(words.span)
            var read = [UInt64](repeating: 0, count: 150)
            var span = read.mutableSpan
            try file.read(at: 0, into: &span)
            #expect(read.allSatisfy { $0 == 7 })
        }
        try scratch(failing: false)
        #expect(try directory.names.isEmpty)
        #expect(throws: FileError.self) { try scratch(failing: true) }
        #expect(try directory.names == [".scratch"], "the process ended between the two calls")
        try scratch(failing: false)
        #expect(try directory.names.isEmpty)
    }

    @Test("every word, in pieces that begin and end anywhere")
    func anywhere() throws {
        let directory = try TemporaryDirectory()
        var file = ScratchFile(in: directory.path, bufferBytes: 1 << 20)
        let count = 400_000  // three times what is kept in memory
        for start in stride(from: 0, to: count, by: 7) {
            let words = (start..<min(count, start + 7)).map { UInt64($0) &* 0x9E37_79B9_7F4A_7C15 }
            try file.append(words.span)
        }
        #expect(try DurableFile.list(directory.path).isEmpty)
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2000 {
            let start = Int.random(in: 0..<count, using: &random)
            var words = [UInt64](repeating: 0, count: min(count - start, Int.random(in: 1...2000, using: &random)))
            var span = words.mutableSpan
            try file.read(at: start * 8, into: &span)
            let isRight = words.indices.allSatisfy { words[$0] == UInt64(start + $0) &* 0x9E37_79B9_7F4A_7C15 }
            #expect(isRight, "from \(start)")
        }
    }
}
