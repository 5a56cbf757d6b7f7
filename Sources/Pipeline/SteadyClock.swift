/// The clock that nobody sets, and how to wait by it. Whatever is measured or waited for in this target goes by the one
/// of `Services`, so that a test lets days pass in a moment.
package struct SteadyClock: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// The machine's; it goes on while the machine sleeps.
    package static let machine = SteadyClock(present: { .now }, wait: { try await Task.sleep(until: $0) })

    private let present: @Sendable () -> Instant
    private let wait: @Sendable (Instant) async throws -> Void

    /// - Parameter wait: returns at the instant or later; throws `CancellationError` as soon as its task is cancelled.
    package init(
        present: @escaping @Sendable () -> Instant, wait: @escaping @Sendable (Instant) async throws -> Void
    ) {
        self.present = present
        self.wait = wait
    }

    package var now: Instant { present() }

    /// - Throws: `CancellationError`.
    package func sleep(until instant: Instant) async throws { try await wait(instant) }

    /// - Throws: `CancellationError`.
    package func sleep(for duration: Duration) async throws { try await wait(present() + duration) }
}
