import Glibc

/// Runs asynchronous work from a call that cannot wait for it: libFuzzer calls and expects the answer.
func waited(_ work: @escaping @Sendable () async -> Void) {
    let done = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    unsafe sem_init(done, 0, 0)
    let address = UInt(bitPattern: done)
    Task.detached {
        await work()
        guard let done = UnsafeMutablePointer<sem_t>(bitPattern: address) else { return }
        unsafe sem_post(done)
    }
    while unsafe sem_wait(done) != 0 {}
    unsafe sem_destroy(done)
    done.deallocate()
}
