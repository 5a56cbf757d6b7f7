import BatchCore
import DurableFiles
import Ledgers
import Spooling

/// Steps 7 to 9 for a shard whose model is sent by batch.
extension ShardRun {
    /// Sends requests as one batch, and waits for its results.
    /// - Returns: why they have to be waited for elsewhere; nil: the batch is over, and its reservation closed.
    func send(
        _ entries: ArraySlice<Reading.Entry>, to model: Model, as interface: BatchInterface,
        _ reservation: borrowing Reservation, pricedAt: Timestamp
    ) async throws -> ParkReason? {
        guard let price = model.prices?.price(at: pricedAt) else {
            preconditionFailure("\(model.name) has no price: the reader refuses that")
        }
        let round = reservation.request.round
        let record = ProviderBatchRecord(
            name: run.directory.id.batchName(shard: shard.number, round: round), endpoint: model.endpoint,
            interface: interface.kind, model: model.name, round: round, lines: LineSet(entries.map(\.line)),
            plannedAt: pricedAt, price: price)
        let keys = entries.filter { !run.lane.asksAnew($0.request) }.map(\.request.key)
        try run.directory.write(batchKeys: Set(keys), of: shard.number)
        // From here on the reservation outlives the process, as its batch does.
        try run.directory.write(record, of: shard.number)
        return try await finish(record, on: reservation.day, isNew: true)
    }

    /// Goes on with the batch of an earlier run.
    /// - Returns: why it has to be waited for elsewhere; nil: there is none (any more).
    func finishBatch() async throws -> ParkReason? {
        guard let record = try run.directory.batch(of: shard.number) else { return nil }
        let id = ReservationID(job: run.job, shard: shard.number)
        let open = await run.services.ledger.openReservations.first { $0.reservation.request.id == id }
        guard let open, open.reservation.request.round == record.round else {
            // A crash came between the two, or the books were adopted, with all that was in flight as unknown.
            try run.directory.removeBatch(of: shard.number)
            return nil
        }
        return try await finish(record, on: open.day, isNew: false)
    }

    private func finish(_ record: ProviderBatchRecord, on day: CivilDate, isNew: Bool) async throws -> ParkReason? {
        var round = BatchRound(self, record, on: day)
        if let reason = try await round.run(isNew: isNew) { return reason }
        // Lines that were in it, and are refused by today's configuration.
        try await noteRefusals()
        return nil
    }

    /// The batch of the answers that are asked for once more, whatever the configuration says of that by now.
    func finishBatchOfEscalation() async throws -> ParkReason? {
        let number = run.plan.escalationNumber(of: shard)
        guard try run.directory.batch(of: number) != nil else { return nil }
        let part = ShardPlan.Shard(
            number: number, role: .escalation, kind: shard.kind, lines: LineSet(), worstCase: .zero)
        let outcomes = try ShardFile(run.directory.shard(number))
        let reason = try await ShardRun(run, part, outcomes).finishBatch()
        try await outcomes.close()
        return reason
    }

    /// The batches of the shard that earlier runs have left.
    func finishBatches() async throws -> ParkReason? {
        if let reason = try await finishBatch() { return reason }
        return try await finishBatchOfEscalation()
    }

    /// The same of a shard that is not run any more.
    func endBatches() async throws -> ParkReason? {
        let reason = try await finishBatches()
        if reason == nil { await run.services.inFlight.letGo(of: keyOwners) }
        try await file.close()
        return reason
    }

    /// The numbers under which a batch of it may hold request keys.
    var keyOwners: [ReservationID] {
        [shard.number, run.plan.escalationNumber(of: shard)].map { ReservationID(job: run.job, shard: $0) }
    }

    /// What its batches that are out hold.
    func keysOfBatches() throws -> [ReservationID: Set<RequestKey>] {
        var keys: [ReservationID: Set<RequestKey>] = [:]
        for owner in keyOwners where try run.directory.batch(of: owner.shard) != nil {
            keys[owner] = try run.directory.batchKeys(of: owner.shard)
        }
        return keys
    }

    /// As many of the requests as a batch may have, where one of the models is sent by batch.
    func withinOneBatch(_ entries: [Reading.Entry]) -> [Reading.Entry] {
        let interfaces = candidates(for: entries, at: run.services.now())
            .compactMap { run.policies.catalogue.endpoints[$0.endpoint]?.batch }
        guard let linesMax = interfaces.map(\.linesMax).min(), let bytesMax = interfaces.map(\.bytesMax).min() else {
            return entries
        }
        var bytes = 0
        return Array(
            entries.prefix(linesMax).prefix { entry in
                bytes += entry.length + BatchInterface.bytesBeside
                return bytes <= bytesMax
            })
    }
}

extension JobID {
    /// Of letters, digits and hyphens, and no two alike: with the number of a line behind it at most 64 bytes.
    fileprivate func batchName(shard: Int, round: Int) -> String {
        "\(name.suffix(23).split(separator: ".").joined(separator: "-"))-\(shard)-\(round)"
    }
}
