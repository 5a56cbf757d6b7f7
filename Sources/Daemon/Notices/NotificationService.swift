import Backends
import BatchCore
import Configuration
import DurableFiles
import Logging
import ServiceLifecycle

/// Sends what is in the outbox, to each receiver by itself: one that is slow or away holds up no other, and a notice
/// that does not get through waits aside while later ones go. When the daemon stops, what is due is sent within
/// `drainLimit`; the rest stays for the next start.
struct NotificationService: Service {
    let outbox: Outbox
    let configuration: ConfigurationHolder
    let backend: any CompletionBackend
    let drainLimit: Duration
    let logger: Logger

    func run() async throws {
        await withTaskGroup(of: Bool.self) { group in
            for receiver in NoticeReceiver.allCases {
                group.addTask {
                    await DeliveryLine(self, receiver).run()
                    return true
                }
            }
            group.addTask {
                do {
                    try await gracefulShutdown()
                    outbox.wake()
                    try await Task.sleep(for: drainLimit)
                } catch {
                    // Cancelled: the lines have ended, or the daemon does not wait for them.
                }
                return false
            }
            var running = NoticeReceiver.allCases.count
            for await isLine in group {
                if isLine { running -= 1 }
                if !isLine || running == 0 { group.cancelAll() }
            }
        }
    }
}

/// The way to one receiver.
private struct DeliveryLine: Sendable {
    private let service: NotificationService
    private let receiver: NoticeReceiver

    /// Notices that did not get through: how often in this process, and not before when again.
    private struct Failures {
        var counts: [String: Int] = [:]
        var notBefore: [String: ContinuousClock.Instant] = [:]
        /// The receiver asked to be left alone until then.
        var restsUntil = ContinuousClock.now
        var hasBeenSaid = false
    }

    init(_ service: NotificationService, _ receiver: NoticeReceiver) {
        self.service = service
        self.receiver = receiver
    }

    private var policy: NotifyPolicy { service.configuration.configuration.notify }

    func run() async {
        let wakes = service.outbox.wakes()
        await withDiscardingTaskGroup { group in
            var failures = Failures()
            for await _ in wakes {
                while !Task.isCancelled, let notice = due(failures) {
                    let pauses = await deliver(notice, &failures)
                    for pause in pauses where !Task.isShuttingDownGracefully {
                        group.addTask {
                            do { try await Task.sleep(for: pause) } catch { return }
                            service.outbox.wake()
                        }
                    }
                }
                if Task.isShuttingDownGracefully { break }
            }
            group.cancelAll()
        }
    }

    /// The oldest notice whose time has come; nil also where nobody is to be told at present.
    private func due(_ failures: Failures) -> Notice? {
        guard let address = policy.addresses[receiver], !service.outbox.isGone(receiver, at: address) else {
            return nil
        }
        let now = ContinuousClock.now
        if now < failures.restsUntil { return nil }
        return service.outbox.next(for: receiver) { id in failures.notBefore[id].map { $0 <= now } ?? true }
    }

    /// - Returns: after how long there may be something to send again.
    private func deliver(_ notice: Notice, _ failures: inout Failures) async -> [Duration] {
        await withTaskExecutorPreference(FileExecutor.shared) { service.outbox.sync() }
        let policy = policy
        let end = await send(notice, policy)
        switch end {
        case .delivered:
            service.outbox.note(delivered: notice, to: receiver)
            // It is there again: what did not get through before need not wait.
            failures = Failures()
        case .gone:
            service.outbox.giveUp(receiver, at: policy.addresses[receiver] ?? "")
            service.logger.error(
                "webhook.gone",
                metadata: ["reason": "it answers 410: nothing is sent to it until notify.webhook changes"])
        case .failed(let reason, let retryAfter):
            // Given up from this side: the next start sends it.
            if Task.isCancelled { return [] }
            return failed(notice, reason, retryAfter, policy, &failures)
        }
        return []
    }

    private func send(_ notice: Notice, _ policy: NotifyPolicy) async -> DeliveryEnd {
        switch receiver {
        case .exec:
            let hidden = service.configuration.configuration.secretVariables
            return await ProgramSender(command: policy.exec ?? [], hidden: hidden).send(notice)
        case .webhook:
            guard let webhook = policy.webhook else { return .failed("it is no longer configured") }
            let sender = WebhookSender(webhook: webhook, keyring: Keyring(), backend: service.backend)
            return await sender.send(notice, at: WallClock.now())
        }
    }

    private func failed(
        _ notice: Notice, _ reason: String, _ retryAfter: Duration?, _ policy: NotifyPolicy, _ failures: inout Failures
    ) -> [Duration] {
        let count = failures.counts[notice.id, default: 0] + 1
        let delivery = DeliveryPolicy(for: receiver, policy)
        let rest = delivery.rest(retryAfter: retryAfter)
        failures.restsUntil = .now + rest
        let pause = delivery.pause(
            afterFailures: count, age: WallClock.now() - notice.at, retryAfter: retryAfter,
            random: Double.random(in: 0..<1))
        let facts: Logger.Metadata = [
            "receiver": "\(receiver.rawValue)", "event": "\(notice.event)", "id": "\(notice.id)", "reason": "\(reason)",
        ]
        guard let pause else {
            service.outbox.giveUp(notice, for: receiver)
            service.logger.error("notice.lost", metadata: facts)
            return rest > .zero ? [rest] : []
        }
        // Once for as long as the receiver is away, not for each notice and attempt.
        service.logger.log(level: failures.hasBeenSaid ? .debug : .warning, "notify.failed", metadata: facts)
        failures.hasBeenSaid = true
        failures.counts[notice.id] = count
        failures.notBefore[notice.id] = .now + pause
        return rest > .zero ? [rest, pause] : [pause]
    }
}

extension NotifyPolicy {
    /// Who is told, and where. Another address is another receiver for one that wanted nothing any more.
    package var addresses: [NoticeReceiver: String] {
        var addresses: [NoticeReceiver: String] = [:]
        if let exec { addresses[.exec] = exec.joined(separator: " ") }
        if let webhook { addresses[.webhook] = webhook.url }
        return addresses
    }
}
