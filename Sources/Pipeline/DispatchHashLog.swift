import BatchCore
import DurableFiles
import Ledgers
import Logging
import Spooling

/// The hash log is looked after beside the jobs: one thing at a time, what an operator asked for first.
extension Dispatcher {
    func lookAfterHashLog(_ group: inout ThrowingDiscardingTaskGroup<any Error>) {
        guard !isHashLogInWork, trouble == nil, !isStopping, !services.isStopping(),
            isHashLogDue || !hashLogRequests.isEmpty
        else { return }
        isHashLogInWork = true
        // It stays in line while its file is there, so that it is not taken up twice.
        let request = hashLogRequests.first
        if request == nil { isHashLogDue = false }
        group.addTask { [services, retention = policies.retention, tell] in
            if let request {
                await Self.carryOut(request, services)
            } else {
                await Self.maintain(retention, services)
            }
            tell(.hashLogEnded(request?.path))
        }
    }

    /// What fails here costs space and no answer, so that the jobs go on; it is tried again after a day, a rotation or
    /// a start.
    private static func maintain(_ retention: Retention, _ services: Services) async {
        do {
            let pruned = try await services.hashLog.maintain(retention, isStopping: services.isStopping)
            if pruned.segments > 0 { say(pruned, by: "bobbin.toml", services) }
        } catch {
            services.logger.error("hashlog.not_maintained", metadata: ["reason": "\(error)"])
        }
    }

    private static func carryOut(_ pending: PendingControl, _ services: Services) async {
        let reply: ControlReply
        do {
            switch pending.request {
            case .forget(let selection):
                let forgotten = try await services.hashLog.forget(selection)
                services.logger.notice(
                    "hashlog.forgotten",
                    metadata: [
                        "answers": "\(forgotten.answers)", "segments": "\(forgotten.segments)",
                        "by": "uid \(pending.uid)",
                    ])
                reply = .done(answers: forgotten.answers, segments: forgotten.segments)
            case .prune(let retention):
                let pruned = try await services.hashLog.prune(keeping: retention)
                say(pruned, by: "uid \(pending.uid)", services)
                reply = .done(answers: pruned.answers, segments: pruned.segments)
            default: return
            }
        } catch {
            services.logger.error("hashlog.not_maintained", metadata: ["reason": "\(error)"])
            reply = .failed("\(error)")
        }
        do {
            try pending.end(reply)
        } catch {
            // The request stays, and is carried out once more: it finds nothing left to do.
            services.logger.error("hashlog.not_maintained", metadata: ["reason": "\(error)"])
        }
    }

    private static func say(_ pruned: Pruned, by who: String, _ services: Services) {
        services.logger.notice(
            "hashlog.pruned",
            metadata: [
                "segments": "\(pruned.segments)", "answers": "\(pruned.answers)", "bytes": "\(pruned.bytes)",
                "by": "\(who)",
            ])
    }
}
