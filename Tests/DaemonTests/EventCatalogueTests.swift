import Daemon
import Glibc
import TestSupport
import Testing

@Suite("An event keeps its MESSAGE_ID and can explain itself")
struct EventCatalogueTests {
    @Test("every id is 128 bits in hexadecimal, and no two are the same")
    func ids() {
        let digits = Set("0123456789abcdef")
        for entry in EventCatalogue.entries {
            #expect(entry.messageID.count == 32 && entry.messageID.allSatisfy(digits.contains), "\(entry.event)")
        }
        #expect(Set(EventCatalogue.entries.map(\.messageID)).count == EventCatalogue.entries.count)
    }

    @Test("an id never changes")
    func fixed() {
        #expect(EventCatalogue.entry("daemon.ready")?.messageID == "d5c2b390ec684c48a4d61f70227222f4")
        #expect(EventCatalogue.entry("budget.exhausted")?.messageID == "02a9b61a95a1413381175a79d502db80")
        #expect(EventCatalogue.entry("job.rejected")?.messageID == "5d2b057d69bd4f39a4eda56dea49e2d8")
    }

    @Test("bobbin.catalog explains exactly these events, in this order")
    func catalog() throws {
        let explained = try textOfRepositoryFile("Systemd/bobbin.catalog").split(separator: "\n")
            .filter { $0.hasPrefix("-- ") }.map { String($0.dropFirst(3)) }
        #expect(explained == EventCatalogue.entries.map(\.messageID))
    }
}

/// A file of the repository as text, by its path from the top.
func textOfRepositoryFile(_ path: String, from file: String = #filePath) throws -> String {
    let top = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    let stream = try #require(fopen(top + "/" + path, "r"), "\(path) is missing")
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}
