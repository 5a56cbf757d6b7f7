import BatchCore
import Ledgers
import Testing

@Suite("A budget record is one line of JSON with the members of Ledgers/README.md, in their order, and its checksum")
struct BudgetRecordTests {
    private static let at = Timestamp(milliseconds: 1_795_478_403_000)
    private static let id = ReservationID(job: "news.20261124T000001Z.abc234", shard: 7)

    static let records: [BudgetRecord] = [
        .open(
            at: at, day: LedgerDirectory.day, timeZone: "Europe/Berlin",
            cap: Cap(usd: Money(decimal: "25.00"), tokens: 5_000_000)),
        .open(at: at, day: LedgerDirectory.day, timeZone: "UTC", cap: Cap()),
        .reserve(
            at: at, ReservationRequest(id: id, lane: "nightly", model: "m", uid: 7, round: 2),
            Amount(usd: Money(picodollars: 12_300_000_000), tokens: 40_960)),
        .settle(
            at: at, id,
            Settlement(
                spent: Amount(usd: Money(picodollars: 4_100_000_000), tokens: 9120), unknown: .units(1), open: .zero)),
        .settle(
            at: at, id,
            Settlement(spent: Amount(usd: .limit + .limit, tokens: 1 << 40), unknown: .zero, open: .units(3))),
        .raise(at: at, cap: Cap(usd: Money(decimal: "40")), by: "uid 0"),
        .raise(at: at, cap: Cap(tokens: 7), by: "uid 1000"),
        .raise(at: at, cap: Cap(), by: BudgetRecord.byConfiguration),
    ]

    private func body(_ record: BudgetRecord) -> String {
        let line = String(decoding: record.line, as: UTF8.self)
        return line.split(separator: ",\"sum\":").first.map(String.init) ?? ""
    }

    @Test("the members of each kind")
    func members() {
        #expect(
            body(Self.records[0])
                == #"{"v":1,"kind":"open","at":"2026-11-24T00:00:03.000Z","day":"2026-11-24","time_zone":"Europe/Berlin","cap_usd":"25","cap_tokens":5000000"#
        )
        #expect(
            body(Self.records[2])
                == #"{"v":1,"kind":"reserve","at":"2026-11-24T00:00:03.000Z","id":"news.20261124T000001Z.abc234/0007","lane":"nightly","usd":"0.0123","tokens":40960,"round":2,"model":"m","uid":7"#
        )
        #expect(
            body(Self.records[3])
                == #"{"v":1,"kind":"settle","at":"2026-11-24T00:00:03.000Z","id":"news.20261124T000001Z.abc234/0007","usd":"0.0041","tokens":9120,"unknown_usd":"0.000001","unknown_tokens":1,"open_usd":"0","open_tokens":0"#
        )
        #expect(
            body(Self.records[5])
                == #"{"v":1,"kind":"raise","at":"2026-11-24T00:00:03.000Z","cap_usd":"40","by":"uid 0""#)
    }

    @Test("the sum is CRC-32C over the bytes before ,\"sum\": as 8 hexadecimal digits", arguments: 0..<8)
    func checksum(number: Int) {
        let line = String(decoding: Self.records[number].line, as: UTF8.self)
        let digits = String(independentCRC32C(body(Self.records[number]).utf8), radix: 16)
        #expect(
            line
                == "\(body(Self.records[number])),\"sum\":\"\(String(repeating: "0", count: 8 - digits.count))\(digits)\"}\n"
        )
        #expect(independentCRC32C("123456789".utf8) == 0xE306_9283, "the check value of the CRC catalogue")
    }

    @Test("what is written is read", arguments: 0..<8)
    func roundTrip(number: Int) throws {
        let line = Array(Self.records[number].line.dropLast())
        #expect(try BudgetRecord(line: line.span) == Self.records[number])
    }

    @Test("any byte of any record that is changed shows, and so does any that is missing")
    func changed() {
        for record in Self.records {
            let line = Array(record.line.dropLast())
            for index in line.indices {
                for change in [UInt8(1), 0x20, 0x80, line[index]] {
                    var other = line
                    other[index] ^= change
                    #expect(throws: BudgetRecordError.self) { try BudgetRecord(line: other.span) }
                }
                var shorter = line
                shorter.remove(at: index)
                #expect(throws: BudgetRecordError.self) { try BudgetRecord(line: shorter.span) }
            }
        }
    }

    @Test(
        "a line whose checksum was made to fit is still read strictly",
        arguments: [
            #"{"v":2,"kind":"raise","at":"2026-11-24T00:00:03Z","cap_usd":"40","by":"x""#,
            #"{"v":1,"kind":"lower","at":"2026-11-24T00:00:03Z","cap_usd":"40","by":"x""#,
            #"{"v":1,"kind":"raise","at":"2026-11-24T00:00:03Z","cap_usd":40,"by":"x""#,
            #"{"v":1,"kind":"raise","at":"2026-11-24T00:00:03Z","cap_usd":"-40","by":"x""#,
            #"{"v":1,"kind":"raise","at":"2026-11-24T00:00:03Z","by":"uid 0""#,
            #"{"v":1,"kind":"raise","at":"today","cap_usd":"40","by":"x""#,
            #"{"v":1,"kind":"raise","at":"2026-11-24T00:00:03Z","cap_usd":"40""#,
            #"{"v":1,"kind":"open","at":"2026-11-24T00:00:03Z","day":"2026-11-24","time_zone":"UTC","cap_usd":"1e3""#,
            #"{"v":1,"kind":"open","at":"2026-11-24T00:00:03Z","day":"2026-11-24","time_zone":"UTC","cap_tokens":"5""#,
            #"{"v":1,"kind":"open","at":"2026-11-24T00:00:03Z","day":"2026-11-31","time_zone":"UTC","cap_usd":"1""#,
            #"{"v":1,"kind":"reserve","at":"2026-11-24T00:00:03Z","id":"j/1","lane":"l","usd":"1","tokens":-1,"round":1"#,
            #"{"v":1,"kind":"reserve","at":"2026-11-24T00:00:03Z","id":"j/1","lane":"l","usd":"1","tokens":1,"round":"1""#,
            #"{"v":1,"kind":"reserve","at":"2026-11-24T00:00:03Z","id":"j","lane":"l","usd":"1","tokens":1,"round":1"#,
            #"{"v":1,"kind":"reserve","at":"2026-11-24T00:00:03Z","id":"j/-1","lane":"l","usd":"1","tokens":1,"round":1"#,
            #"{"v":1,"kind":"settle","at":"2026-11-24T00:00:03Z","id":"j/1","usd":"1","tokens":1,"unknown_usd":"0","open_usd":"0""#,
        ])
    func strict(body: String) {
        let digits = String(independentCRC32C(body.utf8), radix: 16)
        let line = Array("\(body),\"sum\":\"\(String(repeating: "0", count: 8 - digits.count))\(digits)\"}".utf8)
        #expect(throws: BudgetRecordError.self) { try BudgetRecord(line: line.span) }
    }

    @Test(
        "an id is a job and a shard",
        arguments: [
            ("a/0001", "a", 1), ("a/b/12345", "a/b", 12_345),
        ])
    func id(text: String, job: String, shard: Int) {
        let id = ReservationID(text)
        #expect(id?.job == job && id?.shard == shard && id?.description == text)
    }

    @Test(
        "what is not written as an id is none", arguments: ["", "a", "a/", "a/x", "a/-001", "a/+001", "a/1", "/0001"])
    func noID(text: String) {
        #expect(ReservationID(text) == nil)
    }
}
