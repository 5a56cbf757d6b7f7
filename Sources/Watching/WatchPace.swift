/// How often, how long, how much. The defaults stand by their reasons.
package struct WatchPace: Equatable, Sendable {
    /// Between two scans when nothing tells us: as long as a person waits without wondering.
    package var pollInterval = Duration.seconds(2)
    /// Between two scans that trust nobody, also while events come: a lost hint costs a minute, not a file.
    package var scanInterval = Duration.seconds(60)
    /// Before the helper is tried again where the kernel had no inotify left, or the file system is a network's.
    package var retryInterval = Duration.seconds(60)
    /// Before the helper is started again after it ended; doubled each time up to `longestRestart`.
    package var firstRestart = Duration.milliseconds(100)
    package var longestRestart = Duration.seconds(10)
    /// A helper that lived this long had no lasting trouble: the next restart is quick again.
    package var steadyAfter = Duration.seconds(60)
    /// Hints that wait to be delivered; one more than this becomes a scan. About 100 bytes each.
    package var bufferedHints = 16_384

    package init() {}
}
