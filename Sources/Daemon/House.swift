package import Backends
package import BatchCore
package import Configuration
import DurableFiles
import Gates
import Ledgers
package import Logging
package import Pipeline
package import Spooling
package import SystemPackage

/// Builds what the pipeline works with from a configuration.
package enum House {
    package static let zoneinfo = FilePath("/usr/share/zoneinfo")

    /// Where the spool is: the option, else bobbin.toml, else the place of the unit.
    /// - Throws: `SpoolGone` where one is known to have been there.
    package static func spool(option: String?, _ configuration: Configuration) throws -> Spool {
        let stated = option.map { FilePath($0) } ?? configuration.spool ?? FilePath("/var/spool/bobbin")
        let spool = Spool(try DurableFile.followingLink(stated))
        if let directory = witnesses(configuration) { try spool.refuseIfGone(knownIn: directory) }
        return spool
    }

    /// Where it is on record, outside of the spool, what the books had come to; nil: nowhere.
    package static func witnesses(_ configuration: Configuration) -> FilePath? {
        // Of several directories of the unit, separated by colons, the first.
        configuration.witness
            ?? environmentVariable("STATE_DIRECTORY").flatMap {
                $0.split(separator: ":").first.map { FilePath(String($0)) }
            }
    }

    package static func policies(_ configuration: Configuration) throws -> Policies {
        Policies(
            schedule: Scheduler.Rules(
                lanes: configuration.lanes, concurrency: configuration.concurrency,
                calendar: try calendar(of: configuration.budget.timeZone)),
            retry: configuration.retry, budget: configuration.budget, catalogue: configuration.models,
            gates: try LaneGates(configuration.gate), retention: configuration.hashlog, results: configuration.results,
            limits: configuration.limits)
    }

    /// - Throws: `FileError`, or `ZoneError` for a file that is no zone.
    package static func calendar(of zone: String) throws -> TimeZoneRules {
        if zone == "UTC" { return .utc }
        // Older names of a zone are links to it.
        let path = try DurableFile.followingLink(zoneinfo.appending(zone))
        guard let bytes = try DurableFile.read(path), let rules = TimeZoneRules(zoneFile: bytes) else {
            throw ZoneError(path: path.string)
        }
        return rules
    }

    /// Opens the books and everything else that a dispatcher needs. The lock of the spool is held by the caller.
    /// - Parameter witnesses: their directory; nil: nobody outside of the spool knows what was spent.
    /// - Throws: `LedgerError.notAdopted` where the books are older than what the witness has seen.
    package static func services(
        spool: Spool, policies: Policies, witnesses: FilePath?, backend: any CompletionBackend, logger: Logger,
        inTrouble: [String] = [], isStopping: @escaping @Sendable () -> Bool
    ) async throws -> Services {
        let keyring = Keyring()
        let clock: @Sendable () -> Timestamp = { WallClock.now() }
        try spool.keepNames()
        let witness = try spool.witness(in: witnesses)
        try await witness?.check(budget: spool.budget, openedDays: spool.openedDays, isRestored: spool.isRestored)
        let hashLog = try FileHashLog(
            in: spool.hashlog,
            remark: { logger.warning("hashlog.remark", metadata: ["reason": "\($0)"]) },
            noteKeyRecords: { witness?.note(keyRecords: $0) }, now: clock)
        let keyRecords = await hashLog.keyRecords
        if let seen = witness?.keyRecords, keyRecords < seen {
            logger.warning("hashlog.older", metadata: ["keys": "\(seen - keyRecords)", "witness": "\(seen)"])
        }
        witness?.note(keyRecords: keyRecords)
        return Services(
            spool: spool,
            ledger: try FileBudgetLedger(
                in: spool.budget, openedDays: spool.openedDays, policy: policies.budget,
                days: try openDays(spool, policies.calendar), witness: witness, now: clock),
            hashLog: hashLog,
            backend: backend, endpoints: EndpointHealth(inTrouble: inTrouble),
            traffic: EndpointTraffic(inTrouble: inTrouble), inFlight: InFlightRequests(),
            drift: DriftWatch(spool, policies, at: clock()) {
                logger.warning("drift.remark", metadata: ["reason": "\($0)"])
            },
            logger: logger, now: clock,
            random: { Double.random(in: 0..<1) }, apiKey: { try keyring.key(of: $0) },
            transport: { try keyring.transport(of: $0) }, isStopping: isStopping, pace: try spool.measuredPace())
    }

    /// The part of a start that reads what earlier processes have left, tried out.
    package static func tryOpening(
        _ spool: Spool, _ policies: Policies, witnesses: FilePath?
    ) async -> SelfTest.Result {
        func result(_ status: SelfTest.Status, _ detail: String) -> SelfTest.Result {
            SelfTest.Result(name: "books", status: status, detail: detail)
        }
        do {
            guard let lock = try FileLock.acquire(spool.lock) else {
                return result(.passed, "in use by a process that has read them")
            }
            let backend = try CurlBackend()
            defer { backend.close() }
            let services = try await services(
                spool: spool, policies: policies, witnesses: witnesses, backend: backend,
                logger: Logger(label: "doctor") { _ in SwiftLogNoOpLogHandler() }, isStopping: { false })
            try await services.ledger.close()
            withExtendedLifetime(lock) {}
            return result(.passed, "budget, hash log and charts can be read")
        } catch {
            return result(.failed, "\(error)")
        }
    }

    /// The days whose budget files matter: today and yesterday, and every day since the oldest claim in processing/.
    private static func openDays(_ spool: Spool, _ calendar: TimeZoneRules) throws -> [CivilDate] {
        let today = calendar.day(at: WallClock.now())
        var first = CivilDate(daysSinceEpoch: today.daysSinceEpoch - 1)
        for job in try spool.jobs() {
            do {
                guard let record = try spool.job(job).record() else { continue }
                first = min(first, CivilDate(daysSinceEpoch: calendar.day(at: record.claimedAt).daysSinceEpoch - 1))
            } catch  where error.isOfOneJob {
                // It stands still, and its reservations are closed all the same: its name has the day in UTC.
                first = min(first, CivilDate(daysSinceEpoch: (job.claimedOn ?? today).daysSinceEpoch - 2))
            }
        }
        // One that had a file and has none is among them: its absence stops all spending, as it does while one runs.
        let known = try BudgetFile.days(in: spool.budget) + OpenedDays.states(in: spool.openedDays).keys
        return [today] + known.filter { $0 >= first }
    }
}

package struct ZoneError: Error, CustomStringConvertible {
    let path: String
    package var description: String { "\(path) is no time zone file: install tzdata, or set time_zone in budget.toml" }
}
