import ArgumentParser
import BatchCore
import Configuration
import Daemon
import DurableFiles
import Glibc
import Pipeline
import Spooling
import SystemPackage

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Every self-test with its result, and the configuration as understood.")

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let configuration = try shared.configuration()
        let policies = try House.policies(configuration)
        try Daemon.prepareProcess()
        let spool = try House.spool(option: shared.spool, configuration)
        try Operator.actAsOwner(of: spool)
        var results = SelfTest(spool).run()
        if results.allSatisfy({ $0.status != .failed }) {
            results.append(await House.tryOpening(spool, policies, witnesses: House.witnesses(configuration)))
        }
        let facts = configuration.facts(of: spool)
        if shared.json {
            var writer = JSONWriter()
            writer.object { writer in
                writer.array("tests") { writer in
                    for result in results {
                        writer.object { writer in
                            writer.member("name", result.name)
                            writer.member("status", result.status.rawValue)
                            writer.member("detail", result.detail)
                        }
                    }
                }
                writer.object("configuration") { writer in for (name, value) in facts { writer.member(name, value) } }
            }
            Terminal.say(writer.text)
        } else {
            for line in Terminal.table(results.map { [$0.status.rawValue, $0.name, $0.detail] }) { Terminal.say(line) }
            Terminal.say("")
            for line in Terminal.table(facts.map { [$0.0, $0.1] }) { Terminal.say(line) }
        }
        if let failed = results.first(where: { $0.status == .failed }) {
            throw Failure(code: EX_CONFIG, message: "the daemon would not start: \(failed.name): \(failed.detail)")
        }
    }
}

extension Configuration {
    /// As understood, without a secret.
    fileprivate func facts(of spool: Spool) -> [(String, String)] {
        var facts = [
            ("configuration", directory.string),
            ("spool", spool.root.string),
            (
                "witness",
                House.witnesses(self)?.string
                    ?? "none: a spool that is put back from a backup is not known to be older than what was spent"
            ),
            ("time_zone", budget.timeZone),
            ("day", describe(budget.day)),
            ("job", describe(budget.job)),
            ("uid", describe(budget.everyUID) + describe(budget.everyShare)),
        ]
        facts += budget.uids.sorted { $0.key < $1.key }.map {
            ("uids.\($0.key)", describe($0.value) + describe(budget.share(of: $0.key)))
        }
        facts += [
            ("when_exhausted", budget.whenExhausted.rawValue),
            ("thresholds", budget.thresholds.map { "\($0)" }.joined(separator: ", ")),
        ]
        facts.append(("concurrency", "\(concurrency) in flight, of all lanes together"))
        for lane in lanes.values.sorted(by: { $0.name < $1.name }) {
            let windows = lane.windows.isEmpty ? "always" : lane.windows.map(\.description).joined(separator: ", ")
            let cap = budget.lanes[lane.name].map { ", \(describe($0))" } ?? ""
            facts.append(
                (
                    "lanes.\(lane.name)",
                    "priority \(lane.priority), weight \(lane.weight), \(lane.concurrency) in flight, "
                        + "shards of \(lane.shardLines), \(windows)\(cap)\(reuse(in: lane))"
                ))
        }
        for model in models.models.values.sorted(by: { $0.name < $1.name }) {
            let price = model.prices.map { describe($0.first) }
            let unknown = "no price: its lines are refused; \(model.priceProblem)"
            let cap = budget.models[model.name].map { ", \(describe($0)) a day" } ?? ""
            let names = model.ignoredMembers.joined(separator: ", ")
            let ignored = names.isEmpty ? "" : "; ignores \(names)"
            facts.append(
                ("models.\(model.name)", "\(model.endpoint), \(price ?? unknown)\(cap)\(ignored)\(model.limitedTo)"))
            for change in model.prices?.changes ?? [] {
                facts.append(("models.\(model.name)", "from \(change.from): \(describe(change.price))"))
            }
        }
        for endpoint in models.endpoints.values.sorted(by: { $0.name < $1.name }) {
            facts.append(("endpoints.\(endpoint.name)", EndpointFacts(endpoint: endpoint).text))
        }
        for route in models.routes.values.sorted(by: { $0.name < $1.name }) {
            facts.append(("routes.\(route.name)", route.facts))
        }
        facts += notify.facts(of: spool)
        facts.append(("gate", describe(gate.standard)))
        for (lane, policy) in gate.byLane.sorted(by: { $0.key < $1.key }) {
            facts.append(("gate, lanes.\(lane)", describe(policy)))
        }
        return facts
    }

    private func describe(_ gate: GatePolicy) -> String {
        "canary of \(gate.canaryLines), rejected at \(gate.rejectable) defective"
            + (gate.judge.map { ", samples judged by \($0.name)" } ?? "")
    }

    /// Only where a lane reuses less than all.
    private func reuse(in lane: Lane) -> String {
        let age = lane.answerMaxAge.map { ", reuses no answer older than \($0.components.seconds) s" } ?? ""
        return (lane.reuseSampled ? "" : ", asks sampled requests anew") + age
    }

    private func describe(_ price: Price) -> String {
        func describe(_ rates: TokenRates) -> String {
            let others = [
                ("cached", rates.cachedInput, rates.input), ("written to a cache", rates.cacheWrite, rates.input),
                ("reasoning", rates.reasoning, rates.output),
            ].filter { $0.1 != $0.2 }.map { ", \(1_000_000 * $0.1) \($0.0)" }.joined()
            return "\(1_000_000 * rates.input) in, \(1_000_000 * rates.output) out\(others)"
        }
        var parts = ["\(describe(price.rates)), each million tokens"]
        for tier in price.tiers { parts.append("above \(tier.aboveTokens) tokens \(describe(tier.rates))") }
        if price.request > .zero { parts.append("\(price.request) a request") }
        if price.image > .zero { parts.append("\(price.image) an image") }
        return parts.joined(separator: "; ")
    }

    private func describe(_ share: SpoolShare) -> String {
        let parts = [share.jobs.map { ", \($0) jobs" }, share.bytes.map { ", \($0) bytes" }].compactMap { $0 }
        return parts.isEmpty ? "" : "\(parts.joined()) in processing/"
    }

    private func describe(_ cap: Cap) -> String {
        let parts = [cap.usd.map(\.description), cap.tokens.map { "\($0) tokens" }].compactMap { $0 }
        return parts.isEmpty ? "no cap" : parts.joined(separator: ", ")
    }
}

extension NotifyPolicy {
    /// Who is told, without what may be secret in an address.
    fileprivate func facts(of spool: Spool) -> [(String, String)] {
        var facts: [(String, String)] = []
        if let exec {
            let cannot = access(exec[0], X_OK) == 0 ? "" : ", which is no program that can be run here"
            facts.append(("notify.exec", exec.joined(separator: " ") + cannot))
        }
        if let webhook {
            let place = webhook.url.prefix { $0 != "?" }
            let query = place.count < webhook.url.count ? "?…" : ""
            let gone = isGone(.webhook, at: webhook.url, spool) ? "; it answered 410: nothing is sent to it" : ""
            facts.append(("notify.webhook", "\(place)\(query), \(signature(webhook.secret))\(gone)"))
        }
        return facts.isEmpty ? [("notify", "nobody is told: events are in the log only")] : facts
    }

    private func isGone(_ receiver: NoticeReceiver, at address: String, _ spool: Spool) -> Bool {
        do throws(FileError) {
            return try Outbox.read(Outbox.path(in: spool.outbox)).memory.isGone(receiver, at: address)
        } catch {
            Terminal.complain("bobbin: the notices are left out: \(error)")
            return false
        }
    }

    private func signature(_ source: APIKeySource) -> String {
        do {
            let count = try Keyring().webhookSecret(source).count
            let advice = 24...64 ~= count ? "" : "; Standard Webhooks asks for 24 to 64"
            return "signed by a secret of \(count) bytes\(advice)"
        } catch {
            return "which cannot be signed here: \((error as? MissingAPIKey)?.reason ?? "\(error)")"
        }
    }
}
