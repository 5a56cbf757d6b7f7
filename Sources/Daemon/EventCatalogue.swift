/// The events an operator watches for. Each has a MESSAGE_ID that is the same in every version, so that
/// `journalctl MESSAGE_ID=…` and an alert outlive a change of words; `Systemd/bobbin.catalog` explains them to
/// `journalctl -x`. An id is never changed and never used again; `journalctl --new-id128` makes a new one.
package enum EventCatalogue {
    package struct Entry: Equatable, Sendable {
        package var event: String
        /// 128 bits as 32 lower-case hexadecimal digits.
        package var messageID: String
        /// The event for a person, the start of MESSAGE. Why and which follow from the facts.
        package var sentence: String
    }

    package static func entry(_ event: String) -> Entry? { byEvent[event] }

    package static let entries: [Entry] = [
        Entry(
            event: "daemon.ready", messageID: "d5c2b390ec684c48a4d61f70227222f4",
            sentence: "the daemon is ready"),
        Entry(
            event: "daemon.reloaded", messageID: "eeee5f22fa664a26ad94a88c1ff3cde6",
            sentence: "the new configuration is in force"),
        Entry(
            event: "daemon.stopping", messageID: "c0979370832442bfba55e919129a1199",
            sentence: "the daemon stops: it takes nothing new and lets finish what is in flight"),
        Entry(
            event: "config.rejected", messageID: "e0b5b07915af493cb03b1aedb1667279",
            sentence: "the new configuration is not valid, the old one stays in force"),
        Entry(
            event: "job.claimed", messageID: "8810304b9ce04382a95d5ae1c083a057",
            sentence: "job claimed from the inbox"),
        Entry(
            event: "job.started", messageID: "5812de33b9124596a08589731a3e2bf2",
            sentence: "job started"),
        Entry(
            event: "job.parked", messageID: "d6ebc03434114f85882b338966cf8fe4",
            sentence: "job parked"),
        Entry(
            event: "job.resumed", messageID: "04c3e83f4e2542c0aaa96b2f01232d1d",
            sentence: "job resumed"),
        Entry(
            event: "job.paused", messageID: "e12a34b084964482b3c5b5b84aceb286",
            sentence: "an operator paused a job"),
        Entry(
            event: "lane.paused", messageID: "160e880dfcee4bf19bf36697478b4550",
            sentence: "an operator paused a lane"),
        Entry(
            event: "pause.ended", messageID: "dc537527eb384448aca151e655514de0",
            sentence: "an operator ended a pause"),
        Entry(
            event: "job.reviewed", messageID: "c1cf52c60db04cda9ae615a74d3d6acc",
            sentence: "a person decided over a job that waited for it"),
        Entry(
            event: "job.accepted", messageID: "ef8a123dfc034af99744d64baeca1c00",
            sentence: "job accepted, its answers are in done/"),
        Entry(
            event: "job.rejected", messageID: "5d2b057d69bd4f39a4eda56dea49e2d8",
            sentence: "job rejected, why is in rejected/"),
        Entry(
            event: "job.split", messageID: "b2b0f0fa2b0e472d9df71370aff6914e",
            sentence: "job split: the accepted shards are in done/, the rejected ones in rejected/"),
        Entry(
            event: "shard.judged", messageID: "d60e3a7a641245dc8a721f523d7ec2dc",
            sentence: "shard judged"),
        Entry(
            event: "shard.escalated", messageID: "7c1f0f5be3a74c0f9d1e6a52b84d93a6",
            sentence: "defective answers of a shard are asked for again, of the next model of the route"),
        Entry(
            event: "budget.exhausted", messageID: "02a9b61a95a1413381175a79d502db80",
            sentence: "the budget of the day is exhausted"),
        Entry(
            event: "budget.threshold", messageID: "68086578de2d418caadb9a0aba5e2859",
            sentence: "a threshold of the day's budget is reached"),
        Entry(
            event: "budget.raised", messageID: "f275e5138c71486db2ff5359efa5d509",
            sentence: "the budget of the day was set anew"),
        Entry(
            event: "endpoint.unavailable", messageID: "0804fd82d4e1442db3384f9ff53a33ca",
            sentence: "endpoint unavailable"),
        Entry(
            event: "endpoint.recovered", messageID: "1980768388f548538e814689236aac88",
            sentence: "endpoint available again"),
        Entry(
            event: "spool.full", messageID: "5d9600a3f073466284d07de1e7aeba6a",
            sentence: "the spool's filesystem is full: nothing new is started"),
        Entry(
            event: "spool.recovered", messageID: "b9fedd512c994bc3b1473103e6908ae3",
            sentence: "the spool's filesystem has space again"),
        Entry(
            event: "watch.polling", messageID: "8fea4c1721494cf68022ad4caa91433a",
            sentence: "inotify does not work here: the inbox is polled"),
        Entry(
            event: "watch.restarted", messageID: "8184ce7add484b7fbc19f3d474cf76f9",
            sentence: "the watching helper was started again"),
        Entry(
            event: "job.stopped", messageID: "ce806f59eca54baeafc9ce6fbe5c8ab9",
            sentence: "job stopped: a file of it is damaged"),
        Entry(
            event: "price.unknown", messageID: "d10bad8e5e8640758f5b354ee8893386",
            sentence: "lines were refused, as their model has no price"),
        Entry(
            event: "endpoint.quota", messageID: "6f1610e94a374bd5a12fdecb1236ddde",
            sentence: "endpoint out of quota"),
        Entry(
            event: "ledger.damaged", messageID: "01d597bfd3434907a7e56a90ed665c2d",
            sentence: "the books are damaged, nothing is spent"),
        Entry(
            event: "environment.trouble", messageID: "81e0e43fb335492f83e6bbef0c35c835",
            sentence: "the spool cannot be worked in at the moment"),
        Entry(
            event: "environment.recovered", messageID: "ca8ebc6bb21e4aa2b9476aaa96d0359e",
            sentence: "the spool can be worked in again"),
        Entry(
            event: "notice.lost", messageID: "9e99df82fa2547e5b5f4d5d9fee9471f",
            sentence: "a notice was given up"),
        Entry(
            event: "webhook.gone", messageID: "7a79498f4081419ba0801e0e416bc94b",
            sentence: "the webhook wants no notices any more"),
        Entry(
            event: "outbox.failed", messageID: "cd9410c8d49c48c69dec9c44acd034f0",
            sentence: "notices cannot be written down"),
        Entry(
            event: "budget.adopted", messageID: "649090a62c0e47f6841956fe303a67e8",
            sentence: "the budget file of a day was adopted as it is"),
        Entry(
            event: "budget.not_adopted", messageID: "7a978d7bb0c14ff98e5212812ab40e7a",
            sentence: "the budget file of a day could not be adopted"),
        Entry(
            event: "spool.lock_lost", messageID: "2a8365d16f084a85bc8329e8f4c5d59a",
            sentence: "the lock on the spool was removed: the daemon ends"),
        Entry(
            event: "hashlog.pruned", messageID: "05ed01a2e2b446a1963d0ab887d2dc0b",
            sentence: "the oldest answers of the hash log were given up"),
        Entry(
            event: "hashlog.forgotten", messageID: "cc0aba9a4a2543768482506ec139adf3",
            sentence: "answers were forgotten, their bytes are gone"),
        Entry(
            event: "hashlog.not_maintained", messageID: "900269ff836045c5af26aa76f13846bb",
            sentence: "the hash log could not be looked after"),
        Entry(
            event: "results.pruned", messageID: "04fd4083bd855928821495b08c0a7950",
            sentence: "the results of the oldest jobs were given up"),
        Entry(
            event: "finished.remark", messageID: "d8c9bd7c8fea5fad8f4d18842c33ef04",
            sentence: "the book of finished jobs is not as it should be, the reports are"),
        Entry(
            event: "upkeep.failed", messageID: "2ad9db409a175c449f72e10ea61afbfe",
            sentence: "the books or the results of old jobs could not be looked after"),
        Entry(
            event: "hashlog.remark", messageID: "6a814c567b634738abbcf9fa9c3e962f",
            sentence: "the hash log's index is not as it should be, its records are"),
        Entry(
            event: "gate.drift", messageID: "8da3171fde16487488a3e7fffe1cf951",
            sentence: "the answers to a prompt have become worse"),
        Entry(
            event: "gate.in_control", messageID: "c8abd4f384714da2b375529ef28fbf2d",
            sentence: "the answers to a prompt are within their bounds again"),
        Entry(
            event: "drift.remark", messageID: "36be81dd684240f0b1b34c496b14015e",
            sentence: "the record behind the control charts is not as it should be"),
        Entry(
            event: "inbox.closed", messageID: "6b1f0d2c8e5a4f0f9a57c3d1e2b4a687",
            sentence: "the inbox is gone or closed to the daemon: nothing new is claimed"),
        Entry(
            event: "spool.restored", messageID: "7badf3cfd22a8a66af21f1efb1e4110e",
            sentence: "the spool was put back from a backup: what was open in its books is charged"),
        Entry(
            event: "hashlog.older", messageID: "d3b2a6df30f19032092c31627b344722",
            sentence: "the hash log is older than what was written: requests may be paid again"),
        Entry(
            event: "watchdog.starved", messageID: "b8e9a2f0fa9147578f02f0be2de587cd",
            sentence: "the daemon gets nothing done: its watchdog is not fed"),
    ]

    private static let byEvent = Dictionary(uniqueKeysWithValues: entries.map { ($0.event, $0) })
}
