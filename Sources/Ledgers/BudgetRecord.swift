package import BatchCore

/// One line of a daily budget file (README.md). Amounts of a settlement are totals since its reservation.
package enum BudgetRecord: Equatable, Sendable {
    case open(at: Timestamp, day: CivilDate, timeZone: String, cap: Cap)
    case reserve(at: Timestamp, ReservationRequest, Amount)
    case settle(at: Timestamp, ReservationID, Settlement)
    /// Sets the cap; `by` is `uid N`, or `budget.toml` for a changed configuration.
    case raise(at: Timestamp, cap: Cap, by: String)

    package static let byConfiguration = "budget.toml"

    /// The line with its checksum and newline.
    package var line: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("v", 1)
            write(to: &writer)
        }
        return SealedLine.seal(writer.bytes) + [UInt8(ascii: "\n")]
    }

    private func write(to writer: inout JSONWriter) {
        switch self {
        case .open(let at, let day, let timeZone, let cap):
            head("open", at, &writer)
            writer.member("day", day.description)
            writer.member("time_zone", timeZone)
            Self.write(cap, to: &writer)
        case .reserve(let at, let request, let amount):
            head("reserve", at, &writer)
            writer.member("id", request.id.description)
            writer.member("lane", request.lane)
            writer.member("usd", amount.usd.decimal)
            writer.member("tokens", amount.tokens)
            writer.member("round", request.round)
            writer.member("model", request.model)
            writer.member("uid", Int(request.uid))
        case .settle(let at, let id, let settlement):
            head("settle", at, &writer)
            writer.member("id", id.description)
            writer.member("usd", settlement.spent.usd.decimal)
            writer.member("tokens", settlement.spent.tokens)
            writer.member("unknown_usd", settlement.unknown.usd.decimal)
            writer.member("unknown_tokens", settlement.unknown.tokens)
            writer.member("open_usd", settlement.open.usd.decimal)
            writer.member("open_tokens", settlement.open.tokens)
        case .raise(let at, let cap, let by):
            head("raise", at, &writer)
            Self.write(cap, to: &writer)
            writer.member("by", by)
        }
    }

    private func head(_ kind: String, _ at: Timestamp, _ writer: inout JSONWriter) {
        writer.member("kind", kind)
        writer.member("at", at.description)
    }

    private static func write(_ cap: Cap, to writer: inout JSONWriter) {
        if let usd = cap.usd { writer.member("cap_usd", usd.decimal) }
        if let tokens = cap.tokens { writer.member("cap_tokens", tokens) }
    }
}

extension BudgetRecord {
    /// Reads one line without its newline.
    /// - Throws: the reason, in words, why it is none.
    package init(line: Span<UInt8>) throws(BudgetRecordError) {
        let bytes = line.indices.map { line[$0] }
        guard SealedLine.isWhole(bytes) else { throw BudgetRecordError("its checksum does not fit") }
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { throw BudgetRecordError("it is no JSON: \(error.reason)") }
        guard value["v"]?.int == 1 else { throw BudgetRecordError("its version is not 1") }
        guard let record = Self(value) else { throw BudgetRecordError("a member is missing or of the wrong form") }
        self = record
    }

    private init?(_ value: JSONValue) {
        func money(_ name: String) -> Money? { value[name]?.string.flatMap { Money(recorded: $0) } }
        func amount(_ usd: String, _ tokens: String) -> Amount? {
            guard let usd = money(usd), let tokens = value[tokens]?.int, tokens >= 0 else { return nil }
            return Amount(usd: usd, tokens: tokens)
        }
        let id = value["id"]?.string.flatMap { ReservationID($0) }
        let cap = Cap(usd: money("cap_usd"), tokens: value["cap_tokens"]?.int)
        // A limit that stands there and cannot be read is not the same as none.
        guard (value["cap_usd"] == nil) == (cap.usd == nil), (value["cap_tokens"] == nil) == (cap.tokens == nil) else {
            return nil
        }
        guard let at = value["at"]?.string.flatMap({ Timestamp($0) }) else { return nil }
        switch value["kind"]?.string {
        case "open":
            guard let day = value["day"]?.string.flatMap({ CivilDate($0) }), let zone = value["time_zone"]?.string
            else {
                return nil
            }
            self = .open(at: at, day: day, timeZone: zone, cap: cap)
        case "reserve":
            // Files of before there were caps of models and users have neither member.
            let model = value["model"].map(\.string) ?? ""
            let uid = value["uid"].map { $0.int.flatMap { UInt32(exactly: $0) } } ?? 0
            guard let id, let lane = value["lane"]?.string, let worst = amount("usd", "tokens"),
                let round = value["round"]?.int, let model, let uid
            else { return nil }
            self = .reserve(
                at: at, ReservationRequest(id: id, lane: lane, model: model, uid: uid, round: round), worst)
        case "settle":
            guard let id, let spent = amount("usd", "tokens"), let unknown = amount("unknown_usd", "unknown_tokens"),
                let open = amount("open_usd", "open_tokens")
            else { return nil }
            self = .settle(at: at, id, Settlement(spent: spent, unknown: unknown, open: open))
        case "raise":
            // A configuration may do without a cap; a raise by hand that states none is none.
            guard let by = value["by"]?.string, cap != Cap() || by == Self.byConfiguration else { return nil }
            self = .raise(at: at, cap: cap, by: by)
        default: return nil
        }
    }
}

/// Why a line is no budget record.
package struct BudgetRecordError: Error, Equatable, Sendable {
    package let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
