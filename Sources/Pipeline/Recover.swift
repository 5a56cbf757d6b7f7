import BatchCore
import DurableFiles
import Ledgers
import Logging
import Spooling
import SystemPackage

/// What a crash left open in the books is settled from the files of its shard: outcomes are kept, and what was in
/// flight is unknown, charged at its worst case, and run again.
extension Services {
    /// - Parameter stopped: only the reservations of this job, none of whose shards is at work; nil: all.
    /// - Returns: how many attempts were in flight when the crash came.
    package func settleOpenReservations(of stopped: String? = nil) async throws -> Int {
        var interrupted = 0
        let isRestored = try stopped == nil && spool.isRestored
        for (day, open) in await ledger.openReservations where stopped == nil || open.request.id.job == stopped {
            let id = open.request.id
            // If the job is gone or damaged, so is the proof of what was not sent.
            var end = Settlement(
                spent: open.settlement.spent, unknown: open.settlement.unknown + open.settlement.open)
            do {
                let proof: Proof
                do {
                    proof = try await self.proof(of: open)
                } catch let error as FileError where !error.isEnvironmental {
                    // What passes must not be charged whole: the job, which finds nothing wrong, would not say it.
                    proof = try await self.proof(of: open)
                }
                switch proof {
                case .gone: break
                case .staysOpen: continue
                case .found(let settlement, let inFlight):
                    end = settlement
                    // The books may be newer than its files: what they do not tell was sent, or was not.
                    if isRestored { end.unknown += (open.settlement.committed - end.committed).clamped }
                    interrupted += inFlight
                }
            } catch  where error.isOfOneJob {
                // Also where it is the record of a batch: what that costs is charged, whoever finds it again.
                // The job stops, and says so, when it is opened; the books and the other jobs go on.
            }
            try await ledger.close(id, on: day, end)
        }
        if isRestored {
            try spool.endRestoring()
            logger.warning("spool.restored", metadata: ["spool": "\(spool.root.printable)"])
        }
        return interrupted
    }

    /// Holds the request keys of the batches that are out, before any job starts: nobody else is to pay for them.
    package func holdKeysOfBatches() async throws {
        for id in try spool.jobs() {
            do {
                let directory = spool.job(id)
                for (shard, _) in try directory.batches() {
                    let owner = ReservationID(job: id.name, shard: shard)
                    await inFlight.keep([owner: try directory.batchKeys(of: shard)])
                }
            } catch let error as FileError where !error.isEnvironmental {
                // The job stops, and says so, when it is opened.
                continue
            }
        }
    }

    /// What the files of a job tell of a reservation.
    private enum Proof {
        case gone
        case staysOpen
        case found(Settlement, inFlight: Int)
    }

    private func proof(of open: OpenReservation) async throws -> Proof {
        let (shard, round) = (open.request.id.shard, open.request.round)
        guard let job = JobID(open.request.id.job), try FileFacts(at: spool.job(job).path) != nil else { return .gone }
        let directory = spool.job(job)
        // Where that does not read, nothing of the job is touched: a newer version may have written it all.
        _ = try directory.record()
        // It pays for a batch that is out, or may be: the shard goes on with both.
        if try directory.batch(of: shard)?.round == round { return .staysOpen }
        let attempts = try AttemptLog(directory.attempts(of: shard))
        let outcomes = try await durableOutcomes(of: directory.shard(shard))
        let inFlight = attempts.inFlight(in: shard, round: round) { outcomes[$0] != nil }
        for attempt in inFlight {
            try await attempts.endInterrupted(attempt)
        }
        let end = attempts.settlement(of: shard, round: round, outcomes)
        try await attempts.close()
        return .found(end, inFlight: inFlight.count)
    }

    /// What a killed process wrote may be in memory alone. The books are not to say for ever that an outcome was paid
    /// which the machine's power can still take away.
    private func durableOutcomes(of shard: FilePath) async throws -> [Int: ShardFile.Entry] {
        guard try FileFacts(at: shard) != nil else { return [:] }
        let file = try ShardFile(shard)
        let outcomes = file.entries
        try await file.close()
        return outcomes
    }
}
