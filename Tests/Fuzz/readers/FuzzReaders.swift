import Glibc

/// The readers of bytes that somebody else wrote, group by group: `BOBBIN_FUZZ_READERS` names the group, the first byte
/// of a try the reader in it. A reader may refuse; it does not trap, and what it took in it writes as it stood.
@main
enum FuzzReaders {
    /// libFuzzer has its own.
    static func main() {}

    typealias Reader = @Sendable ([UInt8]) -> Void

    static let groups: [String: [Reader]] = [
        "requests": ForeignRequests.readers, "answers": ForeignAnswers.readers, "headers": ForeignHeaders.readers,
        "configuration": ForeignConfiguration.readers, "books": ForeignBooks.readers, "spool": ForeignSpool.readers,
        "patterns": ForeignPatterns.readers,
    ]

    static let readers: [Reader] = {
        let name = getenv("BOBBIN_FUZZ_READERS").map { String(cString: $0) } ?? "requests"
        guard let readers = groups[name] else { fatalError("no group of readers is called \(name)") }
        return readers
    }()
}

/// libFuzzer calls it for each try, and looks for a trap.
@_cdecl("LLVMFuzzerTestOneInput")
package func tryOne(_ bytes: UnsafePointer<UInt8>?, _ length: Int) -> CInt {
    let input = UnsafeBufferPointer(start: bytes, count: length)
    guard let first = input.first else { return 0 }
    FuzzReaders.readers[Int(first) % FuzzReaders.readers.count](Array(input.dropFirst()))
    return 0
}
