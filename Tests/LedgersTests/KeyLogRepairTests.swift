import BatchCore
import DurableFiles
import Ledgers
import SystemPackage
import Testing

@Suite("A damaged key log is refused, and its repair loses nothing that can be read")
struct KeyLogRepairTests {
    private let directory: LedgerDirectory
    private let time = Timestamp(seconds: 1_795_514_400)

    init() throws {
        directory = try LedgerDirectory()
    }

    /// Sixteen keys in four segments, and a checkpoint.
    private func fill() async throws {
        let owner = try KeyLogOwner(directory.path)
        for number in 0..<16 { try await owner.commit([record(number, Int64(number + 1))]) }
        #expect(
            try directory.segments().mapValues(\.count) == [
                "keys-000001.log": 256, "keys-000002.log": 256, "keys-000003.log": 256, "keys-000004.log": 256,
            ])
    }

    private func model(without lost: Int...) -> [Int: Int64] {
        [Int: Int64](uniqueKeysWithValues: (0..<16).filter { !lost.contains($0) }.map { ($0, Int64($0 + 1)) })
    }

    private func repairAndCompare(_ model: [Int: Int64], _ comment: String) async throws -> RepairReport {
        let report = try KeyLog.repair("keys", in: directory.path, at: time)
        let again = try KeyLogOwner(directory.path)
        let complaint = try await again.difference(model, 0..<40)
        #expect(complaint == nil, "\(comment)")
        #expect(report.keptRecords == model.count, "\(comment)")
        #expect(try KeyLog.repair("keys", in: directory.path, at: time).segments == [], "\(comment)")
        return report
    }

    @Test("any byte of any record is changed: the others stay")
    func changed() async throws {
        try await fill()
        let whole = try directory.bytes("keys-000002.log")
        for place in stride(from: 0, to: 256, by: 3) {
            var bytes = whole
            bytes[place] ^= 4
            try directory.write(bytes, "keys-000002.log")
            let error = #expect(throws: LedgerError.self) {
                try KeyLog("keys", in: directory.path, writable: true, layout: .small())
            }
            #expect(error?.description.contains("keys-000002.log:\(place / 64 + 1):") == true)
            #expect(error?.description.contains("bobbin hashlog repair") == true)
            let report = try await repairAndCompare(model(without: 4 + place / 64), "byte \(place)")
            let segment = try #require(report.segments.first)
            #expect(segment.lost == [place / 64 * 64..<place / 64 * 64 + 64] && segment.keptRecords == 3)
            let aside = try #require(segment.setAside?.lastComponent?.string)
            #expect(aside.hasPrefix("keys-000002.log.damaged-20261124"))
            #expect(try directory.bytes(aside) == bytes)
            try directory.write(whole, "keys-000002.log")
        }
    }

    @Test("bytes are put in or taken out at any place of any segment", arguments: [2, 4])
    func shifted(segment: Int) async throws {
        try await fill()
        let name = "keys-00000\(segment).log"
        let whole = try directory.bytes(name)
        for place in Array(stride(from: 1, to: 192, by: 13)) + [63, 64, 128] {
            for isLonger in [true, false] {
                var bytes = whole
                if isLonger { bytes.insert(contentsOf: [7, 0, 9], at: place) } else { bytes.remove(at: place) }
                try directory.write(bytes, name)
                #expect(throws: LedgerError.self, "byte \(place)") {
                    try KeyLog("keys", in: directory.path, writable: true, layout: .small())
                }
                let isBetween = isLonger && place % 64 == 0
                let lost = isBetween ? model() : model(without: (segment - 1) * 4 + place / 64)
                _ = try await repairAndCompare(lost, "\(isLonger ? "in" : "out") at \(place)")
                try directory.write(whole, name)
            }
        }
    }

    @Test("a segment that is gone, or was emptied, is refused, and the others are kept")
    func gone() async throws {
        try await fill()
        try DurableFile.remove(directory.path.appending("keys-000003.log"))
        #expect(throws: LedgerError.self) { try KeyLog("keys", in: directory.path, writable: false) }
        let report = try await repairAndCompare(model(without: 8, 9, 10, 11), "gone")
        #expect(report.segments.map(\.setAside) == [nil])
    }

    @Test("a torn tail is not damage, and what is sound is left alone")
    func sound() async throws {
        try await fill()
        let whole = try directory.bytes("keys-000004.log")
        let owner = try KeyLogOwner(directory.path)
        try await owner.checkpoint()
        for length in 192..<256 {
            try directory.write(Array(whole[..<length]), "keys-000004.log")
            #expect(try KeyLog.repair("keys", in: directory.path, at: time).segments == [])
            #expect(try directory.bytes("keys-000004.log").count == length)
            #expect(try !directory.bytes("keys.index").isEmpty)
        }
        #expect(try KeyLog.repair("defects", in: directory.path, at: time) == RepairReport())
    }

    @Test("a crash at any call of a repair leaves the log damaged as before, or repaired")
    func crashes() async throws {
        try await fill()
        let owner = try KeyLogOwner(directory.path)
        try await owner.checkpoint()
        var damaged = try directory.bytes("keys-000002.log")
        damaged[70] ^= 1
        let sound = try directory.segments()
        let checkpoint = try directory.bytes("keys.index")
        for operation in [FileOperation.unlink, .link, .open, .write, .fsync, .rename] {
            for (name, bytes) in sound { try directory.write(bytes, name) }
            try directory.write(checkpoint, "keys.index")
            try directory.write(damaged, "keys-000002.log")
            let faults = FileFaults(under: directory.path) { called, path in
                let isRead = called == .open && path.lastComponent?.string.hasPrefix("keys-") == true
                return called == operation && !isRead ? .errorAfter(5) : nil
            }
            #expect(throws: LedgerError.self) { try KeyLog.repair("keys", in: directory.path, at: time) }
            faults.remove()
            let now = try directory.bytes("keys-000002.log")
            #expect(now == damaged || now.count == 192, "\(operation)")
            _ = try KeyLog.repair("keys", in: directory.path, at: time)
            let again = try KeyLogOwner(directory.path)
            #expect(try await again.difference(model(without: 5), 0..<40) == nil, "\(operation)")
        }
    }
}
