// SPDX-License-Identifier: GPL-2.0-only

import CInotifyTools
import Glibc

/// The watched directories, and what each event means for them and for the reader of the frames.
///
/// An event that changes which directories there are is answered by watching first and saying so afterwards: the scan
/// that follows the frame then finds what came before the watch, and events tell the rest.
struct Watch {
    private struct Place {
        var path: Path
        var isTop: Bool
    }

    /// Closing after writing, and renaming, are the usual deliveries; a hard link and O_TMPFILE give CREATE alone,
    /// permissions that were set late give ATTRIB. DELETE is for the other name of a hard link and for files that
    /// wait. What moves out is left aside: each claim would be its own echo.
    private static let events = UInt32(
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ATTRIB | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)

    private var inotify: Inotify
    /// By the number of the watch: the only name of a directory that stays true when it is renamed.
    private var places: [Int32: Place] = [:]
    /// The directories that were given, with what was there when each was watched.
    private var tops: [(path: Path, identity: Directory.Identity)] = []

    init(inotify: Inotify) {
        self.inotify = inotify
    }

    /// Watches everything, then says that it is ready.
    mutating func start(_ directories: [Path]) throws(Ending) {
        for path in directories { try watchTop(path) }
        try watchSubdirectories(announcing: false)
        try Frame.ready.send()
    }

    /// Answers events until the parent goes or a given directory is lost.
    mutating func run() throws(Ending) -> Never {
        var looked = Seconds.now()
        while true {
            let event = try inotify.next()
            if let event { try answer(event) }
            if inotify.isWornOut { throw .wornOut }
            // Between two events at most a second apart, so also in a flood of them.
            guard event == nil || Seconds.now() != looked else { continue }
            looked = Seconds.now()
            if Parent.isGone() { throw .parentGone }
            try checkTops()
        }
    }

    private mutating func answer(_ event: Inotify.Event) throws(Ending) {
        if event.isOverflow {
            // A directory may have come while events were lost.
            try watchSubdirectories(announcing: false)
            return try Frame.overflow.send()
        }
        guard let place = places[event.watch] else { return }  // of a watch that is given up already
        if event.has(IN_IGNORED, IN_DELETE_SELF, IN_MOVE_SELF, IN_UNMOUNT) { return try lose(event, at: place) }
        guard !event.name.isEmpty else { return }  // ATTRIB of the directory itself
        let path = place.path.appending(event.name)
        guard event.isOfDirectory && place.isTop else { return try Frame.hint(path).send() }
        // A directory that goes is told by its own watch.
        guard !event.name.startsWithDot && !event.has(IN_DELETE) else { return }
        // One that was not watched so far may have become readable.
        if event.has(IN_ATTRIB) && places.values.contains(where: { $0.path == path }) { return }
        try watchSubdirectory(path, announcing: true)
    }

    private mutating func watchTop(_ path: Path) throws(Ending) {
        guard let identity = Directory.Identity(of: path) else { throw .noDirectory(path, error: errno) }
        switch inotify.watch(path, for: Self.events | UInt32(IN_ONLYDIR)) {
        case .watch(let watch):
            places[watch] = Place(path: path, isTop: true)
            tops.append((path, identity))
        case .failed(let error):
            throw isExhausted(error) ? .noInotify("\(path)", error: error) : .noDirectory(path, error: error)
        }
    }

    private mutating func watchSubdirectories(announcing: Bool) throws(Ending) {
        for top in tops {
            for path in try Directory.subdirectories(of: top.path) {
                try watchSubdirectory(path, announcing: announcing)
            }
        }
    }

    /// Watches one subdirectory.
    /// - Returns: the number of its watch; nil when it is gone again, is no directory or may not be watched.
    @discardableResult
    private mutating func watchSubdirectory(_ path: Path, announcing: Bool) throws(Ending) -> Int32? {
        switch inotify.watch(path, for: Self.events | UInt32(IN_ONLYDIR) | UInt32(IN_DONT_FOLLOW)) {
        case .watch(let watch):
            let before = places[watch]
            // A directory that was given stays one, also where it lies inside another that was given.
            guard before?.path != path, before?.isTop != true else { return watch }
            places[watch] = Place(path: path, isTop: false)
            guard announcing else { return watch }
            if let before { try Frame.lost(before.path).send() }
            try Frame.directory(path).send()
            return watch
        case .failed(ENOENT), .failed(ENOTDIR), .failed(ELOOP): return nil
        case .failed(let error):
            if isExhausted(error) { throw .noInotify("\(path)", error: error) }
            warn("cannot watch \(path), what comes there is found by scans only: \(reason(error))")
            return nil
        }
    }

    private mutating func lose(_ event: Inotify.Event, at place: Place) throws(Ending) {
        if place.isTop {
            try Frame.lost(place.path).send()
            throw .directoryLost(place.path)
        }
        if event.has(IN_MOVE_SELF) {
            // Its new name, if it is still in a given directory, came with MOVED_TO before this and stands in `place`.
            if try watchSubdirectory(place.path, announcing: true) == event.watch { return }
            inotify.remove(event.watch)
        }
        places[event.watch] = nil
        try Frame.lost(place.path).send()
    }

    /// Renaming a parent, or mounting over a given directory, gives no event on it: its path leads elsewhere then.
    private func checkTops() throws(Ending) {
        for top in tops where Directory.Identity(of: top.path) != top.identity {
            try Frame.lost(top.path).send()
            throw .directoryLost(top.path)
        }
    }

    private func isExhausted(_ error: Int32) -> Bool {
        [ENOSPC, ENOMEM, EMFILE, ENFILE].contains(error)
    }
}

/// Whole seconds of the monotonic clock.
private enum Seconds {
    static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }
}
