import BatchCore
import TestSupport
import Testing

@Suite("A moment and a day read back as they were written")
struct TimestampTests {
    @Test(
        "known moments",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_514_400_123, "2026-11-24T10:00:00.123Z"), (-2_208_988_800_000, "1900-01-01T00:00:00.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func known(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test("every day from 1900 to 2100 has its own name, and its name leads back")
    func days() {
        var (year, month, day) = (1900, 1, 1)
        for number in -25_567..<47_847 {
            let date = CivilDate(daysSinceEpoch: number)
            guard (date.year, date.month, date.day) == (year, month, day), date.daysSinceEpoch == number,
                CivilDate(date.description) == date
            else {
                Issue.record("day \(number) is \(date), not \(year)-\(month)-\(day)")
                return
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            day += 1
            if day > length { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect((year, month, day) == (2101, 1, 1))
    }

    @Test("random moments round trip, with and without their milliseconds")
    func roundTrip() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<3000 {
            let moment = Timestamp(
                milliseconds: Int64.random(in: -2_208_988_800_000..<4_133_980_800_000, using: &random))
            #expect(Timestamp(moment.description) == moment)
            let whole = moment.description.prefix(19) + "Z"
            #expect(Timestamp(String(whole))?.seconds == moment.seconds)
        }
    }

    @Test(
        "anything else is no moment",
        arguments: [
            "", "Z", "2026-11-24", "2026-11-24T10:00:00", "2026-11-24T10:00:00z", "2026-11-24t10:00:00Z",
            "2026-11-24 10:00:00Z",
            "2026-11-24T24:00:00Z", "2026-11-24T10:60:00Z", "2026-11-24T10:00:61Z", "2026-11-24T10:00:60Z",
            "2026-02-29T10:00:00Z", "2026-11-24T10:00:00.1Z", "2026-11-24T10:00:00.1234Z", "2026-11-24T10:00:00+01:00",
            "2026-11-24T+1:00:00Z", "2026-11-24T-1:00:00Z", "2026-11-24T10.00.00Z", "2026-11-24T10x00x00Z",
            "2026-11-24T10:00:00,123Z", "2026-11-24T10:00:00.+12Z", "2026-11-24T10:00:-1Z", "2026-11-24T1é:00:00Z",
        ])
    func refused(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(
        "anything else is no day",
        arguments: [
            "", "2026-11-31", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-1-01",
            "2026-01-1",
            "26-01-01", "+026-01-01", "-026-01-01", "2026-+1-01", "2026/01/01", "20260101", "2026-01-01Z", "２026-01-1",
        ])
    func noDay(text: String) {
        #expect(CivilDate(text) == nil)
    }

    @Test("the name of a job has the compact form")
    func compact() {
        #expect(Timestamp("2026-11-24T01:02:03.999Z")?.compact == "20261124T010203Z")
    }

    @Test("time and duration add up")
    func arithmetic() {
        let start = Timestamp(seconds: 100)
        #expect((start + .milliseconds(1500)).milliseconds == 101_500)
        #expect(start + .seconds(2) - start == .seconds(2))
        #expect(Timestamp(milliseconds: -1).seconds == -1)
    }
}
