package import DurableFiles

/// Trouble with the books. Nothing may be sent after it: a bookkeeping failure stops the job, loudly.
package enum LedgerError: Error, Equatable, CustomStringConvertible {
    /// A record in the middle of a file is not what was written there. Spending stops until a person has looked.
    case damaged(path: String, line: Int, reason: String)
    case file(FileError)

    package var description: String {
        switch self {
        case .damaged(let path, let line, let reason):
            "\(path):\(line): \(reason): the file was changed or damaged; nothing is spent until it is restored"
        case .file(let error): error.description
        }
    }
}
