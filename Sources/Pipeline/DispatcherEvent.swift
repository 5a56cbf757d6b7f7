package import DurableFiles
package import Spooling
package import SystemPackage

/// What the dispatcher is told.
package enum DispatcherEvent: Sendable {
    /// Something happened to a name in an inbox: a reason to look at it.
    case look(directory: FilePath, name: [UInt8])
    /// A reason to look at everything.
    case scan
    /// Hints came in, or names are left to be looked at.
    case wake
    /// A second has passed.
    case tick
    /// The configuration has changed.
    case reload(Policies)
    /// Start nothing more; return when what runs has ended.
    case stop
    /// A file is claimed, and its snapshot taken.
    case claimed(ClaimOrigin, JobDirectory, JobRecord)
    /// It is claimed, and its snapshot has to wait.
    case claimWaits(ClaimOrigin, LateSnapshot)
    /// The claim was lost to somebody else, or failed.
    case notClaimed(Arrival, JobDirectory, FileError?)
    /// The file is ours, and its snapshot cannot be taken.
    case claimBroken(ClaimOrigin, JobID, any Error)
    /// With the request that it was for; nil: it was due.
    case hashLogEnded(FilePath?)
    case upkeepEnded(Upkeep)
    case ended(JobID, JobEnd)
    case failed(JobID, any Error)
}

/// What a claim that has come to an end was begun with.
package enum ClaimOrigin: Sendable {
    case arrival(Arrival)
    /// The file was ours already: its snapshot was waited for.
    case late(JobRecord)
}

/// Why the dispatcher returned.
package enum DispatcherEnd: Equatable, Sendable {
    case stopped
    /// Nothing in the spool can move now; so many jobs stand still: parked, stopped, or for want of space.
    case idle(parked: Int)
}
