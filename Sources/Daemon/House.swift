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
    package static func spool(option: String?, _ configuration: Configuration) -> Spool {
        Spool(option.map { FilePath($0) } ?? configuration.spool ?? FilePath("/var/spool/bobbin"))
    }

    package static func policies(_ configuration: Configuration) throws -> Policies {
        Policies(
            schedule: Scheduler.Rules(
                lanes: configuration.lanes, concurrency: configuration.concurrency,
                calendar: try calendar(of: configuration.budget.timeZone)),
            retry: configuration.retry, budget: configuration.budget, catalogue: configuration.models,
            gates: try LaneGates(configuration.gate), retention: configuration.hashlog,
            limits: configuration.limits)
    }

    /// - Throws: `FileError`, or `ZoneError` for a file that is no zone.
    package static func calendar(of zone: String) throws -> TimeZoneRules {
        if zone == "UTC" { return .utc }
        let path = zoneinfo.appending(zone)
        guard let bytes = try DurableFile.read(path), let rules = TimeZoneRules(zoneFile: bytes) else {
            throw ZoneError(path: path.string)
        }
        return rules
    }

    /// Opens the books and everything else that a dispatcher needs. The lock of the spool is held by the caller.
    package static func services(
        spool: Spool, policies: Policies, backend: any CompletionBackend, logger: Logger,
        inTrouble: [String] = [], isStopping: @escaping @Sendable () -> Bool
    ) throws -> Services {
        let keyring = Keyring()
        let clock: @Sendable () -> Timestamp = { WallClock.now() }
        return Services(
            spool: spool,
            ledger: try FileBudgetLedger(
                in: spool.budget, openedDays: spool.openedDays, policy: policies.budget,
                days: try openDays(spool, policies.calendar), now: clock),
            hashLog: try FileHashLog(
                in: spool.hashlog,
                remark: { logger.warning("hashlog.remark", metadata: ["reason": "\($0)"]) }, now: clock),
            backend: backend, endpoints: EndpointHealth(inTrouble: inTrouble),
            traffic: EndpointTraffic(inTrouble: inTrouble), inFlight: InFlightRequests(),
            drift: DriftWatch(spool, policies, at: clock()) {
                logger.warning("drift.remark", metadata: ["reason": "\($0)"])
            },
            logger: logger, now: clock,
            random: { Double.random(in: 0..<1) }, apiKey: { try keyring.key(of: $0) },
            transport: { try keyring.transport(of: $0) }, isStopping: isStopping, pace: try spool.measuredPace())
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
        return [today] + (try BudgetFile.days(in: spool.budget).filter { $0 >= first })
    }
}

package struct ZoneError: Error, CustomStringConvertible {
    let path: String
    package var description: String { "\(path) is no time zone file: install tzdata, or set time_zone in budget.toml" }
}
