package import BatchCore
import DurableFiles
import SystemPackage

/// `budget/DAY.closed`: the sums of a day on which nothing is open, so that a start need not read its records. They
/// count as long as the budget file has the size that they were made of; whether its bytes are still the same is looked
/// at by `bobbin budget verify`.
package struct ClosedDay: Equatable, Sendable {
    package let day: CivilDate
    /// Of the budget file: its size, and the CRC-32C of all of it.
    package let sizeBytes: Int
    package let checksum: UInt32
    package let book: Budget.Day
    let configuredCap: Cap?
    /// What was committed on the day for each job that was at work when it was closed: no other goes on.
    package let jobs: [String: Amount]
}

extension BudgetFile {
    var closedPath: FilePath { path.parent.appending("\(day).closed") }

    /// - Returns: nil where there are none, or they are not those of the file any more, or the day is in doubt.
    package func closed(knowing states: [CivilDate: OpenedDays.State]) throws(LedgerError) -> ClosedDay? {
        if case .doubtful = states[day] { return nil }
        return try booked { () throws(FileError) in
            guard let bytes = try DurableFile.read(closedPath), let sums = ClosedDay(line: bytes), sums.day == day,
                try FileFacts(at: path)?.sizeBytes == sums.sizeBytes
            else { return nil }
            return sums
        }
    }

    /// Writes the sums of the day down, unless something is open on it or it has no whole record.
    /// - Parameter jobs: those in processing/.
    /// - Returns: false: it was not closed.
    /// - Throws: `.damaged` as `read` and the replay do.
    package func close(keeping jobs: Set<String>) throws(LedgerError) -> Bool {
        let before = try sizeBytes()
        let checksum = try checksum()
        guard let content = try read(), !content.records.isEmpty, content.wholeBytes == before else { return false }
        var history = BudgetHistory(policy: BudgetPolicy())
        try history.replay(content.records, of: self)
        guard let book = history.budget.days[day], book.open.isEmpty, try sizeBytes() == before else { return false }
        var kept: [String: Amount] = [:]
        for (id, charge) in history.charges where jobs.contains(id.job) {
            kept[id.job, default: .zero] += charge.committed
        }
        let sums = ClosedDay(
            day: day, sizeBytes: before, checksum: checksum, book: book, configuredCap: history.configuredCaps[day],
            jobs: kept)
        try booked { () throws(FileError) in try DurableFile.publish(sums.line, to: closedPath) }
        return true
    }

    /// The CRC-32C of the whole file.
    package func checksum() throws(LedgerError) -> UInt32 {
        try booked { () throws(FileError) in
            let file = try LineFile(path)
            var (sum, offset): (UInt32, Int) = (0, 0)
            while true {
                let bytes = try file.read(at: offset, length: 1 << 20)
                if bytes.isEmpty { return sum }
                sum = crc32c(bytes, seed: sum)
                offset += bytes.count
            }
        }
    }

    private func sizeBytes() throws(LedgerError) -> Int {
        try booked { () throws(FileError) in try FileFacts(at: path)?.sizeBytes ?? 0 }
    }
}

extension ClosedDay {
    fileprivate var line: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("v", 1)
            writer.member("day", day.description)
            writer.member("bytes", sizeBytes)
            writer.member("crc32c", Int(checksum))
            writer.object("cap") { Self.write(book.cap, to: &$0) }
            if let configuredCap { writer.object("configured_cap") { Self.write(configuredCap, to: &$0) } }
            writer.object("spent") { Self.write(book.spent, to: &$0) }
            writer.object("unknown") { Self.write(book.unknown, to: &$0) }
            writer.array("shares") { writer in
                for (scope, amount) in book.shares {
                    writer.object { writer in
                        switch scope {
                        case .lane(let lane): writer.member("lane", lane)
                        case .model(let model): writer.member("model", model)
                        case .uid(let uid): writer.member("uid", Int(uid))
                        case .day, .everyDay, .job: preconditionFailure("a share is of a lane, a model or a user")
                        }
                        Self.write(amount, to: &writer)
                    }
                }
            }
            writer.array("jobs") { writer in
                for (job, amount) in jobs {
                    writer.object { writer in
                        writer.member("job", job)
                        Self.write(amount, to: &writer)
                    }
                }
            }
        }
        return SealedLine.seal(writer.bytes) + [UInt8(ascii: "\n")]
    }

    private static func write(_ cap: Cap, to writer: inout JSONWriter) {
        if let usd = cap.usd { writer.member("usd", usd.decimal) }
        if let tokens = cap.tokens { writer.member("tokens", tokens) }
    }

    private static func write(_ amount: Amount, to writer: inout JSONWriter) {
        writer.member("usd", amount.usd.decimal)
        writer.member("tokens", amount.tokens)
    }

    /// - Returns: nil for what was not written by `line`: the records are read instead.
    fileprivate init?(line: [UInt8]) {
        let bytes = Array(line.dropLast())
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { return nil }
        guard SealedLine.isWhole(bytes), value["v"]?.int == 1,
            let day = value["day"]?.string.flatMap({ CivilDate($0) }),
            let sizeBytes = value["bytes"]?.int, let checksum = value["crc32c"]?.int.flatMap({ UInt32(exactly: $0) }),
            let spent = Self.amount(value["spent"]), let unknown = Self.amount(value["unknown"]),
            let shares = value["shares"]?.array, let jobs = value["jobs"]?.array
        else { return nil }
        var book = Budget.Day(cap: Self.cap(value["cap"]))
        book.spent = spent
        book.unknown = unknown
        for share in shares {
            guard let scope = Self.scope(share), let amount = Self.amount(share) else { return nil }
            book.shares[scope] = amount
        }
        var kept: [String: Amount] = [:]
        for job in jobs {
            guard let name = job["job"]?.string, let amount = Self.amount(job) else { return nil }
            kept[name] = amount
        }
        self.init(
            day: day, sizeBytes: sizeBytes, checksum: checksum, book: book,
            configuredCap: value["configured_cap"].map { Self.cap($0) }, jobs: kept)
    }

    private static func cap(_ value: JSONValue?) -> Cap {
        Cap(usd: value?["usd"]?.string.flatMap { Money(recorded: $0) }, tokens: value?["tokens"]?.int)
    }

    private static func amount(_ value: JSONValue?) -> Amount? {
        guard let usd = value?["usd"]?.string.flatMap({ Money(recorded: $0) }), let tokens = value?["tokens"]?.int
        else { return nil }
        return Amount(usd: usd, tokens: tokens)
    }

    private static func scope(_ share: JSONValue) -> CapScope? {
        if let lane = share["lane"]?.string { return .lane(lane) }
        if let model = share["model"]?.string { return .model(model) }
        return share["uid"]?.int.flatMap { UInt32(exactly: $0) }.map { .uid($0) }
    }
}
