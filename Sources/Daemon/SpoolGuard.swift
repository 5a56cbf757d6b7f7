import DurableFiles
package import Logging
package import Spooling
import SystemPackage

/// Step 0 for whoever is going to work in a spool: made, locked, tested.
package enum SpoolGuard {
    /// - Returns: the lock, held as long as the object lives.
    /// - Throws: `SpoolInUse` if another process works in it, `SelfTestFailure` if it cannot be worked in.
    package static func open(_ spool: Spool, logger: Logger) throws -> SpoolLock {
        try spool.prepare()
        guard let lock = try FileLock.acquire(spool.lock) else {
            throw SpoolInUse(spool: spool.root.string, holder: try FileLock.holder(spool.lock))
        }
        for result in SelfTest(spool).run() where result.status != .passed {
            if result.status == .failed { throw SelfTestFailure(result: result) }
            logger.warning("selftest.warning", metadata: ["test": "\(result.name)", "reason": "\(result.detail)"])
        }
        return SpoolLock(lock: lock)
    }
}

package struct SpoolLock: Sendable {
    let lock: FileLock

    /// - Throws: `SpoolLockLost` if another process could take the spool by now.
    func check() throws {
        guard try lock.isInPlace() else { throw SpoolLockLost() }
    }
}

/// Somebody removed the lock file, so that a second process can work in the spool: this one must not go on.
package struct SpoolLockLost: Error, CustomStringConvertible {
    package var description: String {
        "the file `lock` of the spool was removed or replaced while it was held: a second process could spend the same "
            + "budget, so this one ends; start it again"
    }
}

package struct SpoolInUse: Error, CustomStringConvertible {
    package let spool: String
    package let holder: Int32?

    package var description: String {
        "\(spool) is in use by \(holder.map { "process \($0)" } ?? "another process"): stop it, or use another spool"
    }
}

package struct SelfTestFailure: Error, CustomStringConvertible {
    package let result: SelfTest.Result
    package var description: String { "the self-test \"\(result.name)\" failed: \(result.detail)" }
}
