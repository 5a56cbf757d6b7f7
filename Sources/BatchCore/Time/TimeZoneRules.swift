/// The offsets of one time zone, read from a compiled zone file (RFC 8536, version 2 and later).
///
/// Only the table of transitions is used. Debian compiles its zone files with the table filled up to 2037; after the
/// last transition the last offset goes on.
package struct TimeZoneRules: Equatable, Sendable {
    private var transitions: [Int64]
    /// Seconds east of UTC from the transition of the same index on.
    private var offsets: [Int64]
    private var firstOffset: Int64

    package static let utc = TimeZoneRules(transitions: [], offsets: [], firstOffset: 0)

    private init(transitions: [Int64], offsets: [Int64], firstOffset: Int64) {
        self.transitions = transitions
        self.offsets = offsets
        self.firstOffset = firstOffset
    }

    /// - Parameter file: the bytes of a file below /usr/share/zoneinfo.
    /// - Returns: nil if that is no zone file of version 2 or later.
    package init?(zoneFile file: [UInt8]) {
        guard let first = Header(file, at: 0), first.version >= UInt8(ascii: "2"),
            let second = Header(file, at: Header.size + first.dataSize(timeSize: 4))
        else { return nil }
        let times = second.end
        let types = times + second.transitions * 8
        let infos = types + second.transitions
        guard infos + second.types * 6 <= file.count, second.types > 0 else { return nil }
        let typeOffsets = (0..<second.types).map {
            Int64(Int32(truncatingIfNeeded: bigEndian(file, infos + $0 * 6, 4)))
        }
        transitions = (0..<second.transitions).map { bigEndian(file, times + $0 * 8, 8) }
        offsets = []
        for index in 0..<second.transitions {
            let type = Int(file[types + index])
            guard type < typeOffsets.count else { return nil }
            offsets.append(typeOffsets[type])
        }
        firstOffset = typeOffsets[0]
    }

    /// Seconds east of UTC at `time`.
    package func offsetSeconds(at time: Timestamp) -> Int64 {
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= time.seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? firstOffset : offsets[low - 1]
    }

    /// The local day at `time`: from local midnight to local midnight, 23, 24 or 25 hours.
    package func day(at time: Timestamp) -> CivilDate {
        CivilDate(daysSinceEpoch: Int((time.seconds + offsetSeconds(at: time)).dividedDown(by: 86_400).quotient))
    }

    /// Minutes since local midnight by the clock on the wall, 0 to 1439.
    package func minuteOfDay(at time: Timestamp) -> Int {
        Int((time.seconds + offsetSeconds(at: time)).dividedDown(by: 86_400).remainder / 60)
    }

    /// The first second of the local day after that of `time`. Where a switch skips midnight it is the switch itself.
    package func nextDay(after time: Timestamp) -> Timestamp {
        let today = day(at: time)
        var low = time.seconds
        var high = time.seconds + 26 * 3600
        while high - low > 1 {
            let middle = (low + high) / 2
            if day(at: Timestamp(seconds: middle)) > today { high = middle } else { low = middle }
        }
        return Timestamp(seconds: high)
    }

    /// The first full minute from `time` on that lies in one of the windows; nil: there is none.
    package func opening(of windows: [TimeWindow], after time: Timestamp) -> Timestamp? {
        let start = time.seconds.dividedDown(by: 60).quotient * 60
        // A switch can hide a window on one day, not on two that follow each other.
        return (0...3 * 1440).lazy.map { Timestamp(seconds: start + 60 * Int64($0)) }.first { minute in
            minute >= time && windows.contains { $0.contains(minute: minuteOfDay(at: minute)) }
        }
    }

    /// The six counts of a TZif header, in the order of RFC 8536 section 3.1.
    private struct Header {
        static let size = 44
        let version: UInt8
        let counts: [Int]
        let end: Int

        init?(_ file: [UInt8], at start: Int) {
            guard file.count >= start + Self.size, file[start..<start + 4].elementsEqual("TZif".utf8) else {
                return nil
            }
            version = file[start + 4]
            counts = (0..<6).map { Int(bigEndian(file, start + 20 + $0 * 4, 4)) }
            guard counts.allSatisfy({ $0 >= 0 }) else { return nil }
            end = start + Self.size
        }

        var transitions: Int { counts[3] }
        var types: Int { counts[4] }

        func dataSize(timeSize: Int) -> Int {
            let (utc, standard, leap, characters) = (counts[0], counts[1], counts[2], counts[5])
            return transitions * (timeSize + 1) + types * 6 + characters + leap * (timeSize + 4) + standard + utc
        }
    }
}

private func bigEndian(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int64 {
    let value = bytes[start..<start + count].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return count == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
}
