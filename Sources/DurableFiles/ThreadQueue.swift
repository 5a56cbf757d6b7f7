import Glibc
import Synchronization

/// Jobs in the order of their coming, for the threads of one executor.
///
/// No more threads work than there are cores, those that wait for a disk aside: waking one costs more than most jobs
/// do, and what it finds is often done by then. Whoever blocks without saying so is found by `watch` after a moment.
// Sendable: all variables are touched between lock and unlock of `mutex` only, and the pointers never change.
final class ThreadQueue: @unchecked Sendable {
    /// How long a job stands in line behind threads that block and do not say so, at the most twice this.
    private static let patienceNanoseconds = 5_000_000

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let isFilled: UnsafeMutablePointer<pthread_cond_t>
    private let isAwaited: UnsafeMutablePointer<pthread_cond_t>
    private var jobs: [UnownedJob] = []
    private var first = 0
    /// Threads that run a job, or were woken for one, and are not blocked.
    private var working = 0
    private var idle = 0
    /// Threads that were woken and have not noticed.
    private var woken = 0
    /// Jobs that were taken, ever.
    private var taken = 0
    private let ended = Atomic<Int>(0)
    private let moves = Atomic<UInt64>(0)
    private var isWatched = false
    /// Threads beyond one a core, while some block and do not say so.
    private var extra = 0
    private let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    private var workingMax: Int { cores + extra }

    init() {
        // Allocated, because they must keep their address while a thread waits on them.
        mutex = .allocate(capacity: 1)
        isFilled = .allocate(capacity: 1)
        isAwaited = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(isFilled, nil)
        pthread_cond_init(isAwaited, nil)
    }

    deinit {
        pthread_cond_destroy(isAwaited)
        pthread_cond_destroy(isFilled)
        pthread_mutex_destroy(mutex)
        isAwaited.deallocate()
        isFilled.deallocate()
        mutex.deallocate()
    }

    func append(_ job: UnownedJob) {
        pthread_mutex_lock(mutex)
        jobs.append(job)
        let wakes = wakeOne(atMost: workingMax)
        let asksToWatch = !wakes && !isWatched
        if asksToWatch { isWatched = true }
        pthread_mutex_unlock(mutex)
        if wakes { pthread_cond_signal(isFilled) }
        if asksToWatch { pthread_cond_signal(isAwaited) }
    }

    /// A thread begins to take jobs.
    func join() {
        pthread_mutex_lock(mutex)
        working += 1
        pthread_mutex_unlock(mutex)
    }

    /// Blocks its thread until there is a job.
    func next() -> UnownedJob {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        // One that comes back from the disk, and finds others in its place.
        var isSurplus = working > workingMax
        while first == jobs.count || isSurplus {
            isSurplus = false
            working -= 1
            idle += 1
            if first < jobs.count, !isWatched {
                isWatched = true
                pthread_cond_signal(isAwaited)
            }
            while woken == 0 { pthread_cond_wait(isFilled, mutex) }
            woken -= 1
        }
        let job = jobs[first]
        first += 1
        taken += 1
        if first == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            first = 0
        }
        return job
    }

    /// A job has ended.
    func noteEnd() {
        ended.add(1, ordering: .relaxed)
        noteMove()
    }

    func noteMove() { moves.add(1, ordering: .relaxed) }

    var load: (moves: UInt64, waiting: Int, running: Int) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return (moves.load(ordering: .relaxed), jobs.count - first, taken - ended.load(ordering: .relaxed))
    }

    /// The thread of a job waits for a disk.
    func isBlocked() {
        pthread_mutex_lock(mutex)
        working -= 1
        let wakes = first < jobs.count && wakeOne(atMost: workingMax)
        pthread_mutex_unlock(mutex)
        if wakes { pthread_cond_signal(isFilled) }
    }

    func isFree() {
        pthread_mutex_lock(mutex)
        working += 1
        pthread_mutex_unlock(mutex)
    }

    /// Wakes one more thread whenever nothing was taken for a moment though there is something. Never returns.
    func watch() {
        pthread_mutex_lock(mutex)
        while true {
            while !isWatched { pthread_cond_wait(isAwaited, mutex) }
            let before = taken
            pthread_mutex_unlock(mutex)
            var pause = timespec(tv_sec: 0, tv_nsec: Self.patienceNanoseconds)
            nanosleep(&pause, nil)
            pthread_mutex_lock(mutex)
            if first == jobs.count {
                isWatched = false
                extra = 0
            } else if taken == before {
                extra += 1
                if wakeOne(atMost: .max) { pthread_cond_signal(isFilled) }
            }
        }
    }

    /// - Returns: whether `isFilled` is to be signalled.
    private func wakeOne(atMost limit: Int) -> Bool {
        guard idle > 0, working < limit else { return false }
        idle -= 1
        working += 1
        woken += 1
        return true
    }
}
