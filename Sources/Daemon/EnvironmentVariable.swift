import Glibc

/// The value of one variable of this process. It stands behind a closure where it is used, so that a test hands in
/// variables of its own instead of changing those of the process.
package func environmentVariable(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    return String(cString: value)
}
