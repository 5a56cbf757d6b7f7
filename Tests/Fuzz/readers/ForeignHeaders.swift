import BatchCore

@testable import Backends
@testable import Simulator
@testable import Watching

/// What a server says in its headers, what a zone file says of the clock, and the frames of the helper.
enum ForeignHeaders {
    static let readers: [FuzzReaders.Reader] = [retryAfter, rates, times, zone, frames, requestHead]

    private static let now: Int64 = 1_790_000_000

    private static func retryAfter(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        for pause in [RetryAfter.pause(text, now: now), RetryAfter.pause(milliseconds: text)] {
            precondition(pause.map { $0 >= .zero && $0 <= RetryAfter.longest } ?? true, "a pause out of bounds")
        }
    }

    /// Name and value, line by line.
    private static func rates(_ bytes: [UInt8]) {
        var headers: [String: String] = [:]
        for line in bytes.split(separator: 10) {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            headers[String(decoding: parts[0], as: UTF8.self)] = String(decoding: parts[1], as: UTF8.self)
        }
        guard let report = RateHeaders.report(now: { now }, header: { headers[$0] }) else { return }
        for part in [report.requests, report.tokens] {
            precondition(part.map { $0.left >= 0 && $0.reset >= .zero } ?? true, "a rest below nothing")
        }
    }

    private static func times(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        if let time = Timestamp(text) {
            precondition(Timestamp(time.description) == time, "written again, it is another time")
        }
        if let day = CivilDate(text) { precondition(CivilDate(day.description) == day, "another day") }
        if let money = Money(decimal: text) { precondition(Money(decimal: money.decimal) == money, "other money") }
        if let money = Money(recorded: text) { precondition(Money(recorded: money.decimal) == money, "other money") }
    }

    private static func zone(_ bytes: [UInt8]) {
        guard let rules = TimeZoneRules(zoneFile: bytes) else { return }
        let time = Timestamp(seconds: now)
        _ = rules.day(at: time)
        precondition(0..<1440 ~= rules.minuteOfDay(at: time), "a minute that no day has")
        precondition(rules.nextDay(after: time) > time, "the next day is over")
    }

    /// In two reads, cut where the first byte says.
    private static func frames(_ bytes: [UInt8]) {
        guard let cut = bytes.first.map({ Int($0) % bytes.count }) else { return }
        var (whole, parts) = (HintFrames(), HintFrames())
        do throws(HintFrameError) {
            let atOnce = try whole.take(bytes).map { "\($0)" }
            let first = try parts.take(bytes[..<cut]).map { "\($0)" }
            let second = try parts.take(bytes[cut...]).map { "\($0)" }
            precondition(first + second == atOnce, "cut elsewhere, they are other frames")
        } catch { return }
    }

    private static func requestHead(_ bytes: [UInt8]) {
        do throws(RequestHeadError) { _ = try RequestHead(parsing: bytes) } catch { return }
    }
}
