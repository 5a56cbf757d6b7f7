import CLinux
import Glibc

/// Threads of our own, on which file verbs may block: the cooperative pool has one thread a core, and an fsync that
/// takes a second there would stop everything else. Use it by `withTaskExecutorPreference(FileExecutor.shared)`.
package final class FileExecutor: TaskExecutor {
    /// Eight threads: enough for the fsyncs that a disk can take together, few enough to cost nothing.
    package static let shared = FileExecutor(name: "bobbin-file", threads: 8)

    /// For what takes as long as a file is large: copying it, reading it through, writing results. On `shared` eight of
    /// these would keep every fsync waiting, and the dispatcher from feeding its watchdog.
    package static let bulk = FileExecutor(name: "bobbin-bulk", threads: 4)

    private let queue = JobQueue()

    /// - Parameters:
    ///   - name: of each thread, as `top -H` shows it; 15 bytes are kept.
    ///   - threads: they live, and keep the executor alive, as long as the process.
    package init(name: String, threads: Int = 8) {
        precondition(threads > 0, "an executor without threads never runs anything")
        for _ in 0..<threads { start(name) }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        queue.append(UnownedJob(job))
    }

    private func start(_ name: String) {
        let result = clinux_start_thread(
            name,
            { context in
                guard let context else { return }
                Unmanaged<FileExecutor>.fromOpaque(context).takeRetainedValue().runJobs()
            },
            // The thread owns this reference, and takes it in its first line.
            Unmanaged.passRetained(self).toOpaque())
        guard result == 0 else {
            let reason = String(cString: strerror(Int32(-result)))
            fatalError("cannot start a thread for file work: \(reason); raise TasksMax")
        }
    }

    private func runJobs() {
        while true { queue.next().runSynchronously(on: asUnownedTaskExecutor()) }
    }
}

/// Jobs in the order of their coming; `next` blocks its thread until there is one.
// Sendable: `jobs` is touched between lock and unlock of `mutex` only, and the two pointers never change.
private final class JobQueue: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let isFilled: UnsafeMutablePointer<pthread_cond_t>
    private var jobs: [UnownedJob] = []
    private var first = 0

    init() {
        // Allocated, because both must keep their address while a thread waits on them.
        mutex = .allocate(capacity: 1)
        isFilled = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(isFilled, nil)
    }

    deinit {
        pthread_cond_destroy(isFilled)
        pthread_mutex_destroy(mutex)
        isFilled.deallocate()
        mutex.deallocate()
    }

    func append(_ job: UnownedJob) {
        pthread_mutex_lock(mutex)
        jobs.append(job)
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(isFilled)
    }

    func next() -> UnownedJob {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while first == jobs.count { pthread_cond_wait(isFilled, mutex) }
        let job = jobs[first]
        first += 1
        if first == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            first = 0
        }
        return job
    }
}
