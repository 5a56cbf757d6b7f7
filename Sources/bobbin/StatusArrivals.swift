import BatchCore
import Daemon
import DurableFiles
import Pipeline
import Spooling
import SystemPackage

/// What waits in the inboxes, and what for.
extension SpoolStatus {
    static func arrivals(_ spool: Spool, _ policies: Policies, whyIdle: String?) throws -> [Waiting] {
        var result: [Waiting] = []
        let load = try load(spool, policies)
        let lanes =
            [(spool.inbox, Lane.defaultName)] + policies.lanes.keys.sorted().map { (spool.inbox.appending($0), $0) }
        for (directory, lane) in lanes {
            for name in try names(in: directory, isInbox: directory == spool.inbox) {
                let arrival = Arrival(directory: directory, name: name, lane: lane)
                if directory == spool.inbox, policies.lanes[String(decoding: name, as: UTF8.self)] != nil,
                    try FileFacts(at: arrival.path)?.kind == .directory
                {
                    continue
                }
                let reason = reason(arrival, in: policies.lane(lane), whyIdle: whyIdle) { facts in
                    load.refusal(of: facts.uid, bytes: facts.sizeBytes, policies.budget.share(of: facts.uid))
                }
                if let reason { result.append(Waiting(name: arrival.printableName, lane: lane, reason: reason)) }
            }
        }
        return result
    }

    /// What the users have in processing/; nothing where it limits nobody. A record that is damaged counts for nobody.
    private static func load(_ spool: Spool, _ policies: Policies) throws -> UserLoad {
        var load = UserLoad()
        guard policies.budget.hasShares else { return load }
        for job in try spool.jobs() {
            do {
                guard let record = try spool.job(job).record() else { continue }
                load.begin(record.uid, bytes: record.sizeBytes)
            } catch  where error.isOfOneJob {}
        }
        return load
    }

    /// - Returns: nil for what is never looked at, or has gone.
    private static func reason(
        _ arrival: Arrival, in lane: Lane, whyIdle: String?, share: (FileFacts) -> String?
    ) -> String? {
        var quiet: Quiet?
        do throws(FileError) {
            switch try arrival.readiness(in: lane, quiet: &quiet, now: .now) {
            case .nothing: return nil
            case .waiting(let reason, _): return reason
            case .ready(let facts, _):
                return whyIdle ?? share(facts) ?? ready(since: facts)
            }
        } catch {
            return error.description
        }
    }

    /// Why a daemon that runs does not claim it only its log knows: the file may not be moved, or there are many.
    private static func ready(since facts: FileFacts) -> String {
        let changed = Timestamp(milliseconds: facts.changedNanoseconds / 1_000_000)
        guard WallClock.now() - changed > longestToClaim else { return "it is about to be claimed" }
        return "it is ready since \(changed), and not claimed: what is in the way is in the daemon's log"
    }

    private static let longestToClaim = Duration.seconds(60)

    /// What is no directory is no lane. Of the inbox itself that is said, and it counts as empty.
    private static func names(in directory: FilePath, isInbox: Bool) throws -> [[UInt8]] {
        do throws(FileError) {
            if try FileFacts(at: directory)?.kind == .directory {
                return try DurableFile.list(directory).sorted { $0.lexicographicallyPrecedes($1) }
            }
            if isInbox { Terminal.complain("bobbin: \(directory) is gone or no directory: nothing is claimed") }
        } catch {
            if error.isEnvironmental { throw error }
            Terminal.complain("bobbin: what waits in \(directory) is left out: \(error)")
        }
        return []
    }
}
