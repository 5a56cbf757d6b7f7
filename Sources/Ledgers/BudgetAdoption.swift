package import BatchCore
import DurableFiles
package import SystemPackage

/// Takes a daily budget file as it is by now, after somebody removed or changed it: what the files of the jobs say they
/// were charged, and no budget file has, is booked on that day. The caller holds the lock of the spool.
package struct BudgetAdoption: Sendable {
    /// What a job was charged, by its own files.
    package struct Charge: Sendable {
        package let job: String
        package let lane: String
        package let uid: UInt32
        package let spent: Amount
        package let unknown: Amount
        /// The same once more, by the model that was asked, as far as that is known.
        package let byModel: [String: Settlement]
        /// Reservations that go on, since what they pay for is still out. What came of them stands here alone.
        package let open: [Open]

        package init(
            job: String, lane: String, uid: UInt32, spent: Amount, unknown: Amount,
            byModel: [String: Settlement] = [:], open: [Open] = []
        ) {
            self.job = job
            self.lane = lane
            self.uid = uid
            self.spent = spent
            self.unknown = unknown
            self.byModel = byModel
            self.open = open
        }
    }

    package struct Open: Sendable {
        package let request: ReservationRequest
        package let settlement: Settlement

        package init(_ request: ReservationRequest, _ settlement: Settlement) {
            self.request = request
            self.settlement = settlement
        }
    }

    /// The shard of an adopting record: no shard has that number.
    package static let shard = 0
    /// For what was spent, by whom no file tells any more. No job has that name.
    private static let nobody = Charge(job: "witness", lane: "", uid: 0, spent: .zero, unknown: .zero)

    private let file: BudgetFile
    private let directory: FilePath
    private let policy: BudgetPolicy
    private let at: Timestamp

    /// - Parameter at: for the time in the records.
    package init(of day: CivilDate, in directory: FilePath, policy: BudgetPolicy, at: Timestamp) {
        file = BudgetFile(day, in: directory)
        self.directory = directory
        self.policy = policy
        self.at = at
    }

    /// - Parameter charges: of every job that was at work on the day or later.
    /// - Parameter witness: what it has seen of the day, and no file tells, is booked as unknown.
    /// - Returns: what was booked that the file did not have; nil: the file was as it should be, nothing was done.
    package func adopt(
        _ charges: [Charge], openedDays: FilePath, witness: Witness? = nil
    ) async throws(LedgerError) -> Amount? {
        let days = try OpenedDays(openedDays)
        do throws(LedgerError) {
            _ = try file.read(knowing: days.states)
            try await days.close()
            return nil
        } catch {
            if case .file = error { throw error }
        }
        try refuseBeforeLater(days.states)
        var history = try others()
        var records = try takeOver(&history)
        let whole = records.count
        if records.isEmpty {
            records.append(.open(at: at, day: file.day, timeZone: policy.timeZone, cap: policy.day))
        }
        try history.replay(Array(records[whole...]), of: file)
        records += try end(openIn: &history, charges: charges)
        let (again, sum) = try reserveAgain(charges, in: &history)
        records += again
        var missing = try sum + book(charges, into: &history, &records)
        if let seen = witness?.sighting, seen.day == file.day, let day = history.budget.days[file.day] {
            missing += try book(
                Settlement(unknown: (seen.most - day.committed).clamped), of: Self.nobody, into: &history, &records)
        }
        let bytes = try await write(Array(records[whole...]))
        if let witness, let day = history.budget.days[file.day] {
            try await witness.adopt(
                Witness.Sighting(day: file.day, bytes: bytes, committed: day.committed, cap: day.cap).ended)
        }
        try await days.adopt(file.day)
        try await days.close()
        return missing
    }

    /// The files of the jobs do not tell the day of a charge: what no file has is booked on the first that is adopted.
    /// On any but the latest, the cap of the latest would be free once more.
    private func refuseBeforeLater(_ states: [CivilDate: OpenedDays.State]) throws(LedgerError) {
        for day in states.keys.sorted(by: >) where day > file.day {
            do throws(LedgerError) {
                _ = try BudgetFile(day, in: directory).read(knowing: states)
            } catch {
                guard case .notAdopted(let path, let reason) = error else { throw error }
                throw .notAdopted(path: path, reason: "\(reason); adopt \(day) before \(file.day)")
            }
        }
    }

    /// What the files of all the other days tell. A damaged earlier one waits for this: what only it has is booked
    /// here, once more, rather than nowhere.
    private func others() throws(LedgerError) -> BudgetHistory {
        let days = try BudgetFile.days(in: directory).filter { $0 != file.day }
        var damaged: Set<CivilDate> = []
        while true {
            var history = BudgetHistory(policy: policy)
            guard let found = try replay(days.filter { !damaged.contains($0) }, into: &history) else { return history }
            // Half of it is replayed, and a copy to go back to would be one of the whole history for each day.
            damaged.insert(found)
        }
    }

    /// - Returns: the first day, before the one that is adopted, whose file is damaged; nil: all are sound.
    private func replay(
        _ days: [CivilDate], into history: inout BudgetHistory
    ) throws(LedgerError) -> CivilDate? {
        for day in days {
            let other = BudgetFile(day, in: directory)
            do throws(LedgerError) {
                try history.replay(try other.read()?.records ?? [], of: other)
            } catch {
                guard case .damaged = error, day < file.day else { throw error }
                return day
            }
        }
        return nil
    }

    /// The records of the file, where they are sound; else it is set aside.
    private func takeOver(_ history: inout BudgetHistory) throws(LedgerError) -> [BudgetRecord] {
        do throws(LedgerError) {
            guard let content = try file.read() else { return [] }
            try history.replay(content.records, of: file)
            return content.records
        } catch {
            guard case .damaged = error else { throw error }
            try setAside()
            history = try others()
            return []
        }
    }

    private func setAside() throws(LedgerError) {
        do throws(FileError) {
            for number in 1... {
                let target = directory.appending("\(file.day).jsonl.set-aside-\(number)")
                if case .moved = try DurableFile.rename(file.path, to: target) { break }
            }
            try DurableFile.syncDirectory(directory)
        } catch {
            throw .file(error)
        }
    }

    /// Ends what is open in the file and does not go on: it is nobody's any more. Of a job whose files are gone, nobody
    /// knows what was not sent: all of it is unknown; the others' charges are told by their files.
    private func end(
        openIn history: inout BudgetHistory, charges: [Charge]
    ) throws(LedgerError) -> [BudgetRecord] {
        var records: [BudgetRecord] = []
        let open = history.budget.days[file.day]?.open ?? [:]
        let goingOn = charges.flatMap(\.open).map(\.request)
        for (id, entry) in open.sorted(by: { $0.key.description < $1.key.description })
        where !goingOn.contains(where: { $0.id == id && $0.round == entry.request.round }) {
            var end = entry.settlement
            if !charges.contains(where: { $0.job == id.job }) { end.unknown += end.open }
            end.open = .zero
            records.append(.settle(at: at, id, end))
        }
        try history.replay(records, of: file)
        return records
    }

    /// Makes those that go on, and that no file has any more, anew, at what they have come to so far.
    private func reserveAgain(
        _ charges: [Charge], in history: inout BudgetHistory
    ) throws(LedgerError) -> (records: [BudgetRecord], sum: Amount) {
        var (records, sum): ([BudgetRecord], Amount) = ([], .zero)
        for open in charges.flatMap(\.open) where history.settlement(of: open.request) == nil {
            guard let day = history.budget.days[file.day] else { continue }
            // As in `book`: above the cap it is booked by the settlement.
            let reserved = open.settlement.committed.limited(to: day.cap, beside: day.committed)
            let booking: [BudgetRecord] = [
                .reserve(at: at, open.request, reserved), .settle(at: at, open.request.id, open.settlement),
            ]
            try history.replay(booking, of: file)
            records += booking
            sum += open.settlement.committed
        }
        return (records, sum)
    }

    private func book(
        _ charges: [Charge], into history: inout BudgetHistory, _ records: inout [BudgetRecord]
    ) throws(LedgerError) -> Amount {
        var sum = Amount.zero
        let booked = Dictionary(grouping: history.charges, by: \.key.job)
        for charge in charges {
            var settled = (booked[charge.job] ?? []).reduce(Settlement()) { sum, entry in
                Settlement(spent: sum.spent + entry.value.spent, unknown: sum.unknown + entry.value.unknown)
            }
            var settledByModel = history.chargesByModel[charge.job] ?? [:]
            for open in charge.open {
                guard let soFar = history.settlement(of: open.request) else { continue }
                settled.replace(soFar, with: Settlement())
                settledByModel[open.request.model]?.replace(soFar, with: Settlement())
            }
            var missing = Settlement(
                spent: (charge.spent - settled.spent).clamped, unknown: (charge.unknown - settled.unknown).clamped)
            // Of a finished job the tokens of both are known in one sum alone.
            let missingTokens = max(
                0, (charge.spent + charge.unknown).tokens - (settled.spent + settled.unknown).tokens)
            missing.spent.tokens = min(missing.spent.tokens, missingTokens)
            missing.unknown.tokens = min(missing.unknown.tokens, missingTokens - missing.spent.tokens)
            for (model, charged) in charge.byModel.sorted(by: { $0.key < $1.key }) {
                let settled = settledByModel[model] ?? Settlement()
                let part = Settlement(
                    spent: (charged.spent - settled.spent).clamped.limited(to: missing.spent),
                    unknown: (charged.unknown - settled.unknown).clamped.limited(to: missing.unknown))
                sum += try book(part, of: charge, model: model, into: &history, &records)
                missing.spent -= part.spent
                missing.unknown -= part.unknown
            }
            sum += try book(missing, of: charge, into: &history, &records)
        }
        return sum
    }

    /// - Returns: what that comes to.
    private func book(
        _ missing: Settlement, of charge: Charge, model: String = "", into history: inout BudgetHistory,
        _ records: inout [BudgetRecord]
    ) throws(LedgerError) -> Amount {
        guard !missing.committed.isZero, let day = history.budget.days[file.day] else { return .zero }
        let id = ReservationID(job: charge.job, shard: Self.shard)
        let round = records.count { if case .reserve(_, let request, _) = $0 { request.id == id } else { false } }
        let request = ReservationRequest(id: id, lane: charge.lane, model: model, uid: charge.uid, round: round + 1)
        // A reservation above the cap would be damage; what was charged above it is booked all the same.
        let reserved = missing.committed.limited(to: day.cap, beside: day.committed)
        let booking: [BudgetRecord] = [.reserve(at: at, request, reserved), .settle(at: at, id, missing)]
        try history.replay(booking, of: file)
        records += booking
        return missing.committed
    }

    /// - Returns: the size of the file after that.
    private func write(_ records: [BudgetRecord]) async throws(LedgerError) -> Int {
        let content = try file.read()
        do throws(FileError) {
            let log = try AppendLog(opening: file.path, create: true, truncatingTo: content?.wholeBytes)
            for record in records { _ = log.appendLazily(record.line) }
            try await log.close()
            return log.sizeBytes
        } catch {
            throw .file(error)
        }
    }
}

extension BudgetHistory {
    /// What an open reservation has come to; nil: it is not open on any day.
    fileprivate func settlement(of request: ReservationRequest) -> Settlement? {
        budget.days.values.compactMap { $0.open[request.id] }.first { $0.request.round == request.round }?.settlement
    }
}

extension Amount {
    /// No more of either than `other` has.
    fileprivate func limited(to other: Amount) -> Amount {
        Amount(usd: min(usd, other.usd), tokens: min(tokens, other.tokens))
    }

    /// No more than `cap` leaves beside what is committed under it.
    fileprivate func limited(to cap: Cap, beside committed: Amount) -> Amount {
        Amount(
            usd: max(.zero, cap.usd.map { min(usd, $0 - committed.usd) } ?? usd),
            tokens: max(0, cap.tokens.map { min(tokens, $0 - committed.tokens) } ?? tokens))
    }
}
