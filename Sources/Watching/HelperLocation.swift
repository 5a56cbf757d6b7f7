import Glibc
package import SystemPackage

/// Where the helper is.
package enum HelperLocation {
    package static let name = "bobbin-watch"
    /// Where packages put programs that are run by other programs only (Filesystem Hierarchy Standard, 4.7).
    package static let installed = FilePath("/usr/libexec/bobbin/bobbin-watch")

    /// Beside the executable, then where it is installed.
    /// - Parameter executable: that of the running process unless given.
    /// - Returns: nil if neither can be executed.
    package static func find(besideExecutable executable: FilePath? = runningExecutable()) -> FilePath? {
        let beside = executable.map { $0.removingLastComponent().appending(name) }
        return [beside, installed].compactMap { $0 }.first { access($0.string, X_OK) == 0 }
    }

    /// /proc/self/exe, which also leads to a binary that was started through a symbolic link or PATH.
    package static func runningExecutable() -> FilePath? {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &target, target.count)
        guard length > 0, length < target.count else { return nil }
        return FilePath(platformString: target.prefix(length) + [0])
    }
}
