import BatchCore
import Ledgers
import SystemPackage
import TestSupport

/// A budget in memory that writes its records like the ledger does, without files. Now and then the process "dies" and
/// goes on from the records, which are read from their lines every tenth time (in a debug build that takes long).
struct BookRun {
    private var random: SeededGenerator
    private let isHonest: Bool
    private let policy: BudgetPolicy
    private var budget: Budget
    private var records: [CivilDate: [BudgetRecord]] = [:]
    private let readsLines: Bool
    private var unwritten: Set<ReservationID> = []
    private var today = LedgerDirectory.day
    private var nextShard = 1

    init(seed: UInt64, isHonest: Bool) {
        random = SeededGenerator(seed: seed)
        self.isHonest = isHonest
        readsLines = seed % 10 == 0
        var policy = BudgetPolicy()
        policy.job = Cap(tokens: 300)
        policy.lanes = ["a": Cap(tokens: 150)]
        policy.models = ["m": Cap(tokens: 170)]
        policy.everyUID = Cap(tokens: 180)
        self.policy = policy
        budget = Budget(policy: policy)
        open()
    }

    mutating func step() throws -> String? {
        switch Int.random(in: 0..<12, using: &random) {
        case 0..<5: reserve()
        case 5..<7: settle(isFinal: false)
        case 7..<10: settle(isFinal: true)
        case 10: raise()
        default: turnDay()
        }
        if random.once(in: 6) { return try crash() }
        return complaint
    }

    private mutating func write(_ record: BudgetRecord, _ day: CivilDate) {
        records[day, default: []].append(record)
    }

    private mutating func open() {
        let cap = Cap(usd: Amount.units(400).usd, tokens: Int.random(in: 200...500, using: &random))
        budget.open(today, cap: cap)
        write(.open(at: Timestamp(seconds: 0), day: today, timeZone: "UTC", cap: cap), today)
    }

    private mutating func reserve() {
        let request = ReservationRequest(
            id: ReservationID(job: "job\(Int.random(in: 0..<64, using: &random))", shard: nextShard),
            lane: random.once(in: 2) ? "a" : "b", model: random.once(in: 2) ? "m" : "n",
            uid: UInt32.random(in: 7...8, using: &random), round: 1)
        nextShard += 1
        let worstCases = (0..<Int.random(in: 1...4, using: &random)).map { _ in
            Amount.units(Int.random(in: 1...60, using: &random))
        }
        guard case .granted(let sum, _) = budget.reserve(worstCases, for: request, on: today) else { return }
        putInLine()
        write(.reserve(at: Timestamp(seconds: 0), request, sum), today)
    }

    private mutating func settle(isFinal: Bool) {
        let open = budget.days.flatMap { day, book in book.open.values.map { (day, $0) } }
            .sorted { $0.1.request.id.shard < $1.1.request.id.shard }
        guard let (day, entry) = open.randomElement(using: &random) else { return }
        let left = entry.settlement.open.tokens
        let spent = Int.random(in: 0...left, using: &random) * (isHonest ? 1 : 3)
        let unknown = Int.random(in: 0...max(0, left - spent), using: &random)
        let rest = isFinal ? 0 : max(0, left - spent - unknown)
        guard isFinal || rest > 0 else { return }
        let settlement = Settlement(
            spent: entry.settlement.spent + .units(spent), unknown: entry.settlement.unknown + .units(unknown),
            open: .units(rest))
        budget.settle(entry.request.id, settlement, on: day)
        if isFinal {
            budget.end(entry.request.id, on: day)
            unwritten.remove(entry.request.id)
            write(.settle(at: Timestamp(seconds: 0), entry.request.id, settlement), day)
        } else {
            unwritten.insert(entry.request.id)
        }
    }

    private mutating func putInLine() {
        for (day, book) in budget.days {
            for (id, entry) in book.open where unwritten.contains(id) {
                write(.settle(at: Timestamp(seconds: 0), id, entry.settlement), day)
            }
        }
        unwritten = []
    }

    private mutating func raise() {
        guard let cap = budget.days[today]?.cap, let tokens = cap.tokens else { return }
        let raised = Cap(tokens: tokens + 50)
        budget.setCap(Cap(usd: cap.usd, tokens: tokens + 50), on: today)
        write(.raise(at: Timestamp(seconds: 0), cap: raised, by: "uid 0"), today)
    }

    private mutating func turnDay() {
        today = CivilDate(daysSinceEpoch: today.daysSinceEpoch + 1)
        open()
    }

    private func replayed() throws -> Budget {
        var history = BudgetHistory(policy: policy)
        for (day, written) in records.sorted(by: { $0.key < $1.key }) {
            let read = readsLines ? try written.map { try reread($0) } : written
            try history.replay(read, of: BudgetFile(day, in: "/nowhere"))
        }
        return history.budget
    }

    private func reread(_ record: BudgetRecord) throws -> BudgetRecord {
        let bytes = Array(record.line.dropLast())
        return try BudgetRecord(line: bytes.span)
    }

    /// Parts that were not in line are lost: their reservations are open in full again.
    private mutating func crash() throws -> String? {
        unwritten = []
        budget = try replayed()
        return complaint
    }

    private var complaint: String? {
        for (day, book) in budget.days where isHonest && !book.committed.fits(book.cap) {
            return "\(day): \(book.committed) is above \(book.cap)"
        }
        return nil
    }

    /// Ends whatever is open, as the start of a process does.
    /// - Returns: what is not settled then; nil if all is.
    mutating func end() throws -> String? {
        for (day, book) in try replayed().days {
            for (id, entry) in book.open {
                write(
                    .settle(
                        at: Timestamp(seconds: 0), id,
                        Settlement(
                            spent: entry.settlement.spent, unknown: entry.settlement.unknown + entry.settlement.open)),
                    day)
            }
        }
        budget = try replayed()
        for (day, book) in budget.days
        where !book.reserved.isZero || !book.open.isEmpty || book.committed != book.spent + book.unknown {
            return "\(day): \(book) is not settled"
        }
        return complaint
    }

    /// - Returns: what the records tell otherwise than memory; nil if nothing.
    mutating func difference() throws -> String? {
        putInLine()
        let again = try replayed()
        for (day, book) in budget.days where again.days[day] != book {
            return "\(day): memory has \(book), the records \(String(describing: again.days[day]))"
        }
        let probe = Amount.units(1 << 40)
        for job in 0..<64 {
            let request = ReservationRequest(
                id: ReservationID(job: "job\(job)", shard: 0), lane: "a", model: "m", uid: 7, round: 1)
            guard
                budget.refusal(of: probe, for: request, on: today) == again.refusal(of: probe, for: request, on: today)
            else { return "job\(job): another sum in the records" }
        }
        return nil
    }
}
