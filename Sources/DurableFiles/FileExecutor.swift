import CLinux
import Glibc

/// Threads of our own, on which file verbs may block: the cooperative pool has one thread a core, and an fsync that
/// takes a second there would stop everything else. Use it by `withTaskExecutorPreference(FileExecutor.shared)`.
package final class FileExecutor: TaskExecutor {
    /// Eight threads: enough for the fsyncs that a disk can take together, few enough to cost nothing.
    package static var shared: any TaskExecutor { replacement ?? files }

    /// For what takes as long as a file is large: copying it, reading it through, writing results. On `shared` eight of
    /// these would keep every fsync waiting, and the dispatcher from feeding its watchdog.
    package static var bulk: any TaskExecutor { replacement ?? longWork }

    /// For the copies of what is claimed, which come as large and as often as producers like: what is read, judged and
    /// written for the jobs that run does not stand behind them.
    package static var copies: any TaskExecutor { replacement ?? copyWork }

    /// Takes the place of all for the task that says so, and for its children: a simulation decides what runs when.
    @TaskLocal package static var replacement: (any TaskExecutor)?

    /// The threads behind `shared`, `bulk` and `copies`, for whoever looks at their load.
    package static let files = FileExecutor(name: "bobbin-file", threads: 8)
    package static let longWork = FileExecutor(name: "bobbin-bulk", threads: 4)
    package static let copyWork = FileExecutor(name: "bobbin-copy", threads: 4)

    private let queue = ThreadQueue()

    /// - Parameters:
    ///   - name: of each thread, as `top -H` shows it; 15 bytes are kept.
    ///   - threads: they live, and keep the executor alive, as long as the process.
    package init(name: String, threads: Int = 8) {
        precondition(threads > 0, "an executor without threads never runs anything")
        for _ in 0..<threads { start(name) { $0.runJobs() } }
        start(name) { $0.queue.watch() }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        queue.append(UnownedJob(job))
    }

    /// For a watchdog. `moves` grows with each job that ends, and each system call of one that comes back: a copy of
    /// many gigabytes moves, a thread that hangs does not.
    package var load: (moves: UInt64, waiting: Int, running: Int) { queue.load }

    /// A system call has come back.
    static func noteMove() {
        guard let context = clinux_thread_context() else { return }
        Unmanaged<ThreadQueue>.fromOpaque(context).takeUnretainedValue().noteMove()
    }

    /// Runs `body`, which blocks its thread for as long as a disk takes. On a thread of an executor another one works
    /// meanwhile.
    static func blocking<Value>(_ body: () -> Value) -> Value {
        guard let context = clinux_thread_context() else { return body() }
        let queue = Unmanaged<ThreadQueue>.fromOpaque(context).takeUnretainedValue()
        queue.isBlocked()
        defer { queue.isFree() }
        return body()
    }

    private func start(_ name: String, _ body: @escaping @Sendable (FileExecutor) -> Void) {
        let result = clinux_start_thread(
            name,
            { context in
                guard let context else { return }
                let thread = Unmanaged<Thread>.fromOpaque(context).takeRetainedValue()
                thread.body(thread.executor)
            },
            // The thread owns this reference, and takes it in its first line.
            Unmanaged.passRetained(Thread(executor: self, body: body)).toOpaque())
        guard result == 0 else {
            let reason = String(cString: strerror(Int32(-result)))
            fatalError("cannot start a thread for file work: \(reason); raise TasksMax")
        }
    }

    private func runJobs() {
        // The thread lives as long as the queue, and never ends.
        clinux_set_thread_context(Unmanaged.passUnretained(queue).toOpaque())
        queue.join()
        while true {
            queue.next().runSynchronously(on: asUnownedTaskExecutor())
            queue.noteEnd()
        }
    }

    private final class Thread: Sendable {
        let executor: FileExecutor
        let body: @Sendable (FileExecutor) -> Void

        init(executor: FileExecutor, body: @escaping @Sendable (FileExecutor) -> Void) {
            self.executor = executor
            self.body = body
        }
    }
}
