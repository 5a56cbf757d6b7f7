import BatchCore
import DurableFiles
import Glibc
import Spooling
import SystemPackage
import Testing

@Suite("What an operator asks for arrives as it was asked, with the name of who asked")
struct ControlRequestTests {
    private let house: TestSpool

    init() throws {
        house = try TestSpool()
    }

    private static func requests() throws -> [ControlRequest] {
        let job = try #require(JobID("a.20261124T100000Z.abcdef"))
        let day = try #require(CivilDate("2026-11-24"))
        let key = try #require(RequestKey(hex: String(repeating: "0f", count: 32)))
        return [
            .raise(try #require(Money(decimal: "40.25")), on: day), .adopt(day), .forget(.keys([key])),
            .forget(.job(job.name)), .forget(.uid(77)), .prune(Retention(keep: .seconds(60), keepBytes: 1 << 40)),
            .prune(Retention()), .review(job, .whole(accepts: true, reason: "good")), .review(job, .lines([])),
            .pause(.job(job)), .pause(.lane("nightly")), .resume(.job(job)), .resume(.lane("nightly")),
        ]
    }

    @Test("each, with who asked and without", arguments: [nil, 0, 4711] as [UInt32?])
    func roundTrip(asker: UInt32?) throws {
        for (number, request) in try Self.requests().enumerated() {
            let path = try house.spool.ask(request, by: asker, name: "\(number)")
            let found = try #require(try house.spool.controlRequests().first)
            #expect(found.request == request && found.uid == asker ?? geteuid())
            try found.end()
            #expect(try FileFacts(at: path) == nil)
        }
    }

    @Test(
        "whom a file names is believed of root and the daemon",
        .enabled(if: geteuid() == 0, "only root gives files away"))
    func asker() throws {
        let path = try house.spool.ask(.adopt(try #require(CivilDate("2026-11-24"))), by: 0, name: "a")
        try #require(chown(path.string, 4711, 4711) == 0)
        #expect(try house.spool.controlRequests().map(\.uid) == [4711])
    }
}
