import ArgumentParser
import Configuration
import Daemon
import DurableFiles
import Gates
import Glibc
import Ledgers
import Spooling

/// A command that ends with a code of sysexits.h and one sentence on standard error.
struct Failure: Error {
    let code: Int32
    let message: String

    static let rejected: Int32 = 1

    static func usage(_ message: String) -> Failure { Failure(code: EX_USAGE, message: message) }
    static func badInput(_ message: String) -> Failure { Failure(code: EX_DATAERR, message: message) }

    /// Ends the process as the error deserves.
    static func exit(with error: any Error) -> Never {
        guard let code = code(of: error) else { Bobbin.exit(withError: error) }
        let message = (error as? Failure)?.message ?? "\(error)"
        if !message.isEmpty { Terminal.complain("bobbin: \(message)") }
        Glibc.exit(code)
    }

    /// nil: an error of the command line, or a code that a command chose: ArgumentParser knows what to do.
    private static func code(of error: any Error) -> Int32? {
        switch error {
        case let failure as Failure: failure.code
        case let error as FileError: fileCode(error)
        case LedgerError.file(let error): fileCode(error)
        case is LedgerError, is JobDamage, is SpoolDamage: EX_IOERR
        case is ConfigurationError, is GateError, is ZoneError, is UnknownLogLevel: EX_CONFIG
        case is SpoolInUse, is SpoolLockLost: EX_TEMPFAIL
        case is SelfTestFailure, is SpoolGone: EX_CANTCREAT
        default: nil
        }
    }

    private static func fileCode(_ error: FileError) -> Int32 {
        switch error.code {
        case EACCES, EPERM: EX_NOPERM
        case ENOENT, EEXIST, ENOTDIR, EISDIR, EROFS: EX_CANTCREAT
        default: EX_IOERR
        }
    }
}
