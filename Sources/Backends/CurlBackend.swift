import CCurl
import Glibc
import Synchronization

/// An HTTP endpoint through libcurl: all transfers on one thread of its own, connections kept and reused.
///
/// A request leaves at most once: libcurl is denied what it needs to send a POST again (see `CurlTransfer`). Where a
/// request's transport names no trusted certificates, those of `SSL_CERT_FILE` are, and without it the system's store.
package final class CurlBackend: CompletionBackend {
    private let mailbox: CurlMailbox
    private let room: AnswerRoom
    private let thread: Mutex<pthread_t?>

    /// Starts the thread.
    /// - Parameters:
    ///   - certificateFile: trusted certificates (PEM) instead of the system's store.
    ///   - idleSecondsMax: a connection is used again while its whole seconds of idleness are not above this, so by
    ///     default until it has been idle for four seconds. llama.cpp's server closes after five, and the fate of a
    ///     request written into a closing connection is unknown.
    ///   - answerRoomBytes: what answers take together, those that come in and those that somebody still holds; beyond,
    ///     transfers stand still. One may always go on, so that it is one answer more at the most, and half of it where
    ///     answers are held. To read an answer takes some times its size, so that this is a part of what is meant.
    ///   - connectionsAtOnceMax: the descriptors of the process are for the files of jobs as well, 25 of them at rest.
    ///   - wallClock: Unix seconds, which a date in `Retry-After` is measured against.
    /// - Throws: kind `other` if libcurl or the thread cannot be started.
    package init(
        certificateFile: String? = getenv("SSL_CERT_FILE").map { String(cString: $0) },
        idleSecondsMax: Int = 3,
        answerRoomBytes: Int = 128 << 20,
        connectionsAtOnceMax: Int = max(1, (sysconf(Int32(_SC_OPEN_MAX)) - 32) / 2),
        wallClock: @escaping @Sendable () -> Int64 = { Int64(time(nil)) }
    ) throws(BackendTrouble) {
        guard CurlLibrary.isReady, let pointer = curl_multi_init() else {
            throw BackendTrouble(kind: .other, message: "libcurl cannot be initialised: out of memory?")
        }
        let multi = CurlMulti(pointer: pointer)
        mailbox = CurlMailbox(multi: multi)
        let settings = CurlSettings(
            certificateFile: certificateFile, idleSecondsMax: idleSecondsMax,
            connectionsAtOnceMax: connectionsAtOnceMax, wallClock: wallClock)
        room = AnswerRoom(limitBytes: answerRoomBytes) { [mailbox] in mailbox.wake() }
        let start = CurlThread.Start(mailbox: mailbox, multi: multi, settings: settings, room: room)
        thread = Mutex(try start.launch())
    }

    deinit { close() }

    /// Grows by one at least every second. A watchdog that sees it stand still knows that the thread is stuck.
    package var heartbeat: UInt64 { mailbox.turns.load(ordering: .relaxed) }

    /// Transfers that stand still until there is room for their answers.
    package var waitingAnswers: Int { room.waitingCount }

    package func send(_ request: BackendRequest) async -> BackendResult {
        let attempt = CurlAttempt(request)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if !mailbox.start(CurlMailbox.Start(attempt: attempt, continuation: continuation)) {
                    continuation.resume(returning: .unsent(.closed))
                }
            }
        } onCancel: {
            mailbox.cancel(attempt)
        }
    }

    /// Ends what is in flight (kind `cancelled`), refuses what comes later, and waits for the thread to end, which
    /// takes no longer than one turn of its loop. May be called again.
    package func close() {
        mailbox.close()
        thread.withLock { thread in
            guard let running = thread else { return }
            let error = pthread_join(running, nil)
            precondition(error == 0, "the curl thread cannot be joined: errno \(error)")
            thread = nil
        }
    }
}

/// libcurl's process-wide state: set up once, by whoever comes first, and kept until the process ends.
private enum CurlLibrary {
    static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}
