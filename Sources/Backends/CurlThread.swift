import CCurl
import Glibc
import Synchronization

/// The loop that owns the multi handle, its transfers and the idle easy handles. It lives on one thread, is made there
/// and dies there; only the mailbox is shared.
final class CurlThread {
    /// What goes to the new thread.
    struct Start: Sendable {
        let mailbox: CurlMailbox
        let multi: CurlMulti
        let settings: CurlSettings
        let room: AnswerRoom
    }

    private let start: Start
    private var multi: UnsafeMutableRawPointer { start.multi.pointer }
    private var connectionsAtOnceMax: Int { start.settings.connectionsAtOnceMax }
    private var inFlight: [UnsafeMutableRawPointer: CurlTransfer] = [:]
    private let pauses: CurlPauses
    /// What no connection is free for, first come, first served: libcurl would count that time as the request's own.
    private var waiting: [CurlMailbox.Start] = []
    private var idleHandles: [UnsafeMutableRawPointer] = []
    private static let idleHandlesMax = 128
    /// Left to itself, libcurl keeps four times as many connections as it has transfers at the moment, so it closes
    /// good ones whenever many answers come together.
    private static let connectionsMax = 256
    /// Longer than libcurl's own timers ever need; it makes the heartbeat.
    private static let turnMillisecondsMax: Int32 = 1000

    fileprivate init(_ start: Start) {
        self.start = start
        pauses = CurlPauses(start.room)
    }

    fileprivate func run() {
        // A refusal costs speed only.
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, min(Self.connectionsMax, connectionsAtOnceMax))
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connectionsAtOnceMax)
        while true {
            let wishes = start.mailbox.take()
            if wishes.close { return end(wishes) }
            wishes.cancellations.forEach(cancel)
            takeIn(wishes.starts)
            beginWaiting()
            pauses.resume()
            var running: Int32 = 0
            guard check(curl_multi_perform(multi, &running)) else { continue }
            harvest()
            let isDue = pauses.canResume || canBegin
            _ = check(curl_multi_poll(multi, nil, 0, isDue ? 0 : Self.turnMillisecondsMax, nil))
        }
    }

    private var canBegin: Bool { !waiting.isEmpty && inFlight.count < connectionsAtOnceMax }

    /// Who is given up does not wait; a flag may also be older than its start.
    private func takeIn(_ starts: [CurlMailbox.Start]) {
        if starts.isEmpty && waiting.isEmpty { return }
        let all = waiting + starts
        waiting = []
        for start in all {
            if start.attempt.isCancelled.load(ordering: .sequentiallyConsistent) {
                start.continuation.resume(returning: .unsent(.cancelled))
            } else {
                waiting.append(start)
            }
        }
    }

    private func beginWaiting() {
        let count = min(waiting.count, max(0, connectionsAtOnceMax - inFlight.count))
        let next = waiting[..<count]
        waiting.removeFirst(count)
        next.forEach(begin)
    }

    private func begin(_ wish: CurlMailbox.Start) {
        let attempt = wish.attempt
        if attempt.isCancelled.load(ordering: .sequentiallyConsistent) {
            return wish.continuation.resume(returning: .unsent(.cancelled))
        }
        guard let handle = idleHandles.popLast() ?? curl_easy_init() else {
            return wish.continuation.resume(returning: .unsent(because: "out of memory"))
        }
        let transfer = CurlTransfer(attempt, on: handle, pauses: pauses, continuation: wish.continuation)
        if let refusal = transfer.prepare(with: start.settings) {
            recycle(transfer)
            return wish.continuation.resume(returning: .unsent(because: refusal))
        }
        let code = curl_multi_add_handle(multi, handle)
        guard code == CURLM_OK else {
            recycle(transfer)
            return wish.continuation.resume(returning: .unsent(because: String(cString: curl_multi_strerror(code))))
        }
        inFlight[handle] = transfer
    }

    private func cancel(_ attempt: CurlAttempt) {
        // None: it has ended, or has not begun and will see the flag.
        guard let transfer = inFlight.values.first(where: { $0.attempt === attempt }) else { return }
        finish(transfer) { $0.result(stop: .cancelled) }
    }

    private func harvest() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let transfer = inFlight[message.pointee.easy_handle] else {
                continue
            }
            // Taken out before the handle is removed, which makes the message invalid.
            let code = message.pointee.data.result
            let now = start.settings.wallClock
            finish(transfer) { $0.result(code: code, now: now) }
        }
    }

    /// Removing the handle of an unfinished transfer closes its connection or resets its stream: the server's slot is
    /// free.
    private func finish(_ transfer: CurlTransfer, _ result: (CurlTransfer) -> BackendResult) {
        let outcome = result(transfer)
        let code = curl_multi_remove_handle(multi, transfer.handle)
        precondition(code == CURLM_OK, "libcurl does not know a handle that is in flight: \(code.rawValue)")
        inFlight[transfer.handle] = nil
        transfer.leave()
        recycle(transfer)
        transfer.continuation.resume(returning: outcome)
    }

    private func recycle(_ transfer: CurlTransfer) {
        curl_easy_reset(transfer.handle)
        if idleHandles.count < Self.idleHandlesMax {
            idleHandles.append(transfer.handle)
        } else {
            curl_easy_cleanup(transfer.handle)
        }
    }

    /// libcurl's loop itself fails only without memory or descriptors. What is in flight is then given up, so that
    /// nobody waits for ever, and the loop goes on after a breath.
    private func check(_ code: CURLMcode) -> Bool {
        guard code != CURLM_OK else { return true }
        for transfer in Array(inFlight.values) {
            finish(transfer) { $0.result(loopTrouble: String(cString: curl_multi_strerror(code))) }
        }
        poll(nil, 0, 100)
        return false
    }

    private func end(_ wishes: CurlMailbox.Wishes) {
        for wish in waiting + wishes.starts { wish.continuation.resume(returning: .unsent(.closed)) }
        for transfer in Array(inFlight.values) { finish(transfer) { $0.result(stop: .closed) } }
        idleHandles.forEach(curl_easy_cleanup)
        curl_multi_cleanup(multi)
    }
}

extension CurlThread.Start {
    /// Starts the thread, which cleans the multi handle up when it ends.
    func launch() throws(BackendTrouble) -> pthread_t {
        var everySignal = sigset_t()
        var before = sigset_t()
        sigfillset(&everySignal)
        // Signals are the main program's. SIGPIPE, which CURLOPT_NOSIGNAL leaves alone, stays pending for ever here.
        pthread_sigmask(SIG_SETMASK, &everySignal, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let box = Unmanaged.passRetained(Box(self))
        var thread = pthread_t()
        let error = pthread_create(
            &thread, nil,
            { context in
                // Takes over the reference that `passRetained` left for the thread.
                let box = Unmanaged<Box>.fromOpaque(context!).takeRetainedValue()
                CurlThread(box.start).run()
                return nil
            }, box.toOpaque())
        guard error == 0 else {
            box.release()
            curl_multi_cleanup(multi.pointer)
            throw BackendTrouble(kind: .other, message: "no thread for libcurl: errno \(error)")
        }
        return thread
    }

    private final class Box: Sendable {
        let start: CurlThread.Start
        init(_ start: CurlThread.Start) { self.start = start }
    }
}
