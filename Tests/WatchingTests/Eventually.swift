import Glibc
import Testing

struct NeverCame: Error, CustomStringConvertible {
    var description: String
}

/// Waits for a condition, never for a time; at the deadline the test fails with what it waited for.
func eventually(
    _ what: @autoclosure () -> String, within deadline: Duration = .seconds(30), _ condition: () throws -> Bool
) async throws {
    let end = ContinuousClock.now + deadline
    while try !condition() {
        guard ContinuousClock.now < end else { throw NeverCame(description: "within \(deadline): \(what())") }
        // A millisecond for others on two cores.
        poll(nil, 0, 1)
        await Task.yield()
    }
}
