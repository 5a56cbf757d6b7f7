import BatchCore
import DurableFiles
import Glibc
import Ledgers
import Spooling
import SystemPackage
import TestSupport
import Testing

@Suite("A request in control/ that goes wrong is the trouble of who made it", .timeLimit(.minutes(6)))
struct ControlTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    private var ignored: [String] {
        house.events.all.filter { $0.hasPrefix("control.ignored ") }
    }

    @Test("one that is closed to the daemon is said once and passed over, and the next is done")
    func closed() async throws {
        let spool = house.spool
        let path = try spool.ask(.raise(.zero, on: house.today), name: "a-closed")
        let faults = FileFaults(under: spool.control) { operation, path in
            operation == .open && path.lastNameBytes.elementsEqual("a-closed.json".utf8) ? .error(EACCES) : nil
        }
        defer { faults.remove() }
        try await house.withDaemon(StubBackend()) { _ in
            // Each takes a look at control/ of its own.
            for number in 1...2 {
                let next = try spool.ask(.raise(Money(picodollars: 5), on: house.today), name: "raise-\(number)")
                #expect(try await eventually { try FileFacts(at: next) == nil })
            }
        }
        #expect(ignored.count == 1 && ignored.allSatisfy { $0.contains("EACCES") })
        #expect(try FileFacts(at: path) != nil && house.book().cap.usd == Money(picodollars: 5))
    }

    @Test("a cap is raised on the day that was meant, and on no other")
    func anotherDay() async throws {
        let yesterday = CivilDate(daysSinceEpoch: house.today.daysSinceEpoch - 1)
        let late = try house.spool.ask(.raise(Money(picodollars: 7), on: yesterday), name: "late")
        try await house.withDaemon(StubBackend()) { _ in
            let isGone = try await eventually { try FileFacts(at: late) == nil }
            #expect(isGone)
        }
        #expect(ignored.count == 1 && ignored.allSatisfy { $0.contains("\(yesterday)") })
        #expect(try !BudgetFile.days(in: house.spool.budget).contains(yesterday))
    }

    @Test("who asked is whom the request names, for root writes it as the owner of the spool")
    func asker() throws {
        _ = try house.spool.ask(.raise(.zero, on: house.today), by: 4711, name: "by-another")
        _ = try house.spool.ask(.raise(.zero, on: house.today), name: "by-owner")
        #expect(try house.spool.controlRequests().map(\.uid) == [4711, getuid()])
        #expect(
            try house.spool.controlRequests().map(\.request) == [
                .raise(.zero, on: house.today), .raise(.zero, on: house.today),
            ])
    }
}
