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
    ]

    private static let byEvent = Dictionary(uniqueKeysWithValues: entries.map { ($0.event, $0) })
}
