import BatchCore
import Glibc
import TestSupport
import Testing

@Suite("A day is from local midnight to local midnight", .serialized)
struct TimeZoneRulesTests {
    static let zones = [
        "UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Pacific/Apia", "Asia/Kathmandu",
        "Australia/Lord_Howe", "Africa/Casablanca", "America/Havana", "Asia/Beirut", "Pacific/Kiritimati",
    ]

    static func rules(_ zone: String) throws -> TimeZoneRules {
        let file = try #require(fopen("/usr/share/zoneinfo/\(zone)", "r"), "tzdata is not installed")
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        bytes.removeSubrange(fread(&bytes, 1, bytes.count, file)...)
        return try #require(TimeZoneRules(zoneFile: bytes))
    }

    @Test(
        "it has 23, 24 or 25 hours, or less where a switch skips a day",
        arguments: [
            ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29", 23),
            ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25", 25),
            ("Europe/Berlin", "2026-11-23T23:00:00Z", "2026-11-24", 24),
            ("UTC", "2026-03-29T00:00:00Z", "2026-03-29", 24),
            ("America/New_York", "2026-03-08T05:00:00Z", "2026-03-08", 23),
            ("America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-04", 23),
            ("America/Sao_Paulo", "2018-02-17T02:00:00Z", "2018-02-17", 25),
            ("Pacific/Apia", "2011-12-29T10:00:00Z", "2011-12-29", 24),
            ("Asia/Kathmandu", "2026-11-23T18:15:00Z", "2026-11-24", 24),
        ])
    func length(zone: String, start: String, day: String, hours: Int) throws {
        let rules = try Self.rules(zone)
        let start = try #require(Timestamp(start))
        #expect(rules.day(at: start).description == day)
        #expect(rules.day(at: start + .milliseconds(-1)).description < day)
        let end = rules.nextDay(after: start)
        #expect(end - start == .seconds(hours * 3600))
        #expect(rules.nextDay(after: end + .seconds(-1)) == end)
    }

    @Test("Samoa had no 30th of December 2011")
    func skippedDay() throws {
        let rules = try Self.rules("Pacific/Apia")
        let turn = rules.nextDay(after: try #require(Timestamp("2011-12-30T00:00:00Z")))
        #expect(turn == Timestamp("2011-12-30T10:00:00Z"))
        #expect(rules.day(at: turn).description == "2011-12-31")
    }

    @Test("the turn of the day is the first second of a later day, from every moment before it", arguments: zones)
    func nextDay(zone: String) throws {
        let rules = try Self.rules(zone)
        var random = SeededGenerator(seed: 5)
        for _ in 0..<300 {
            let moment = Timestamp(
                milliseconds: Int64.random(in: 1_325_376_000_000..<2_145_916_800_000, using: &random))
            let turn = rules.nextDay(after: moment)
            #expect(turn > moment && rules.day(at: turn) > rules.day(at: moment), "\(zone) at \(moment)")
            #expect(rules.day(at: turn + .milliseconds(-1)) == rules.day(at: moment), "\(zone) at \(moment)")
        }
    }

    @Test("days and minutes are those of the C library", arguments: zones)
    func likeTheCLibrary(zone: String) throws {
        let rules = try Self.rules(zone)
        setenv("TZ", ":\(zone)", 1)
        tzset()
        defer {
            unsetenv("TZ")
            tzset()
        }
        var random = SeededGenerator(seed: 6)
        for _ in 0..<2000 {
            var seconds = time_t.random(in: -2_208_988_800..<2_145_916_800, using: &random)
            var parts = tm()
            try #require(localtime_r(&seconds, &parts) != nil)
            let moment = Timestamp(seconds: Int64(seconds))
            let day = rules.day(at: moment)
            #expect(
                (day.year, day.month, day.day) == (Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday))
            )
            #expect(
                rules.minuteOfDay(at: moment) == Int(parts.tm_hour) * 60 + Int(parts.tm_min), "\(zone) at \(moment)")
            #expect(rules.offsetSeconds(at: moment) == Int64(parts.tm_gmtoff), "\(zone) at \(moment)")
        }
    }

    @Test("what is no zone file gives no zone, and brings nothing down")
    func damaged() throws {
        let file = try #require(fopen("/usr/share/zoneinfo/Europe/Berlin", "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        bytes.removeSubrange(fread(&bytes, 1, bytes.count, file)...)
        for length in 0..<2000 where TimeZoneRules(zoneFile: Array(bytes[..<length])) != nil {
            #expect(length > 1000, "\(length) bytes were a zone")
        }
        for seed in UInt64(0)..<2000 {
            var random = SeededGenerator(seed: seed)
            var changed = bytes
            for _ in 0..<3 {
                let limit = random.once(in: 2) ? 44 : changed.count
                changed[Int.random(in: 0..<limit, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let rules = TimeZoneRules(zoneFile: changed) else { continue }
            _ = rules.nextDay(after: Timestamp(seconds: 1_795_514_400))
        }
    }
}
