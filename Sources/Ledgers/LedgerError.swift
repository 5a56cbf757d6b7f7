import BatchCore
package import DurableFiles
import SystemPackage

/// Trouble with the books. Nothing may be sent after it: a bookkeeping failure stops the job, loudly.
package enum LedgerError: Error, Equatable, CustomStringConvertible {
    /// A record in the middle of a file is not what was written there. Spending stops until a person has looked.
    case damaged(path: String, line: Int, reason: String)
    /// The budget file of a day is gone, or somebody changed it while it was in use. What was spent on that day is not
    /// known from it any more; spending stops until `bobbin budget adopt`.
    case notAdopted(path: String, reason: String)
    case file(FileError)

    package var description: String {
        switch self {
        case .damaged(let path, let line, let reason):
            "\(path):\(line): \(reason): the file was changed or damaged; nothing is spent until it is restored"
        case .notAdopted(let path, let reason):
            "\(path): \(reason): nothing is spent until it is restored, or `bobbin budget adopt\(Self.option(path))` "
                + "takes it as it is"
        case .file(let error): error.description
        }
    }

    /// Which day is to be adopted, where that is a day's file.
    private static func option(_ path: String) -> String {
        let name = FilePath(path).stem ?? ""
        return CivilDate(name).map { " --day \($0)" } ?? ""
    }
}

/// Trouble with a file, as trouble with the books.
func booked<Result>(_ body: () throws(FileError) -> Result) throws(LedgerError) -> Result {
    do throws(FileError) { return try body() } catch { throw .file(error) }
}
