package import BatchCore
import Glibc

/// The one place that asks what time it is.
package enum WallClock {
    package static func now() -> Timestamp {
        var time = timespec()
        let result = clock_gettime(CLOCK_REALTIME, &time)
        precondition(result == 0, "Linux always has CLOCK_REALTIME")
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
