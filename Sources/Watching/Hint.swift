import DurableFiles
package import SystemPackage

/// A reason to look again, never a statement about a file: whoever gets one looks for himself.
package enum Hint: Hashable, Sendable {
    /// Something happened to a name in a directory: it may be new, changed, renamed or gone.
    /// - `directory`: absolute, as it was given or one level below.
    /// - `name`: raw bytes without NUL and `/`, 1 to 255 of them, not necessarily UTF-8, temporary names included.
    case look(directory: FilePath, name: [UInt8])
    /// Anything may have happened.
    case scan(ScanReason)
}

/// Why a scan is due. `description` says it in words, for the log.
package enum ScanReason: Hashable, Sendable, CustomStringConvertible {
    /// The first hint of all: the watches are set (or polling has begun), what was there before is found now.
    case started
    /// More happened than the kernel's queue or ours could hold.
    case overflow
    /// A directory is not watched any more: it was moved, removed or unmounted.
    case watchLost(FilePath)
    /// The helper ended and watches again; what happened meanwhile was not seen.
    case helperRestarted
    /// In any case, every `WatchPace.scanInterval`.
    case timer
    /// Nothing tells us, so we look.
    case polling
    /// A directory appeared and is watched from now on. Only this one needs a scan.
    case directoryChanged(FilePath)

    package var description: String {
        switch self {
        case .started: "watching began"
        case .overflow: "more happened at once than the queue of events holds"
        case .watchLost(let directory): "\(directory.printable) was moved, removed or unmounted"
        case .helperRestarted: "the watching helper was started again"
        case .timer: "it was time to"
        case .polling: "there are no events to wait for"
        case .directoryChanged(let directory): "\(directory.printable) appeared"
        }
    }

    /// Whether this scan looks at every directory, so that no name needs to be told beside it.
    var isOfEverything: Bool {
        switch self {
        case .started, .overflow, .helperRestarted, .timer, .polling: true
        case .watchLost, .directoryChanged: false
        }
    }
}
