package import BatchCore
package import DurableFiles
import Glibc
import SystemPackage

/// May an arrival be claimed? A hint is only a reason to look; this is the look.
package enum Readiness: Equatable, Sendable {
    case ready(FileFacts, manifestDigest: SHA256Digest?)
    /// Not now: what for, in words, and whether time alone can end it.
    case waiting(String, settles: Bool)
    /// Never looked at, or gone.
    case nothing
}

/// What was seen of an arrival, and since when it has been so, by our own monotonic clock: a producer's clock and mtime
/// prove nothing.
package struct Quiet: Equatable, Sendable {
    package let facts: FileFacts
    package let since: ContinuousClock.Instant
}

extension Arrival {
    /// Looks by the directory as it is now: one that was exchanged for another, or for a link, leads to other files
    /// only by a look of their own.
    /// - Parameters:
    ///   - quiet: what the last look remembered; it is brought up to date.
    ///   - now: the present on the monotonic clock.
    /// - Throws: what the file system says, other than that the name is gone.
    package func readiness(
        in lane: Lane, quiet: inout Quiet?, now: ContinuousClock.Instant
    ) throws(FileError) -> Readiness {
        if isIgnored { return .nothing }
        guard let inbox = try OpenDirectory.open(directory), let facts = try inbox.facts(of: name) else {
            return .nothing
        }
        if facts.kind == .directory {
            return .waiting("it is a directory that is no lane of bobbin.toml", settles: false)
        }
        if isManifest { return .nothing }
        guard isJSONL else { return .waiting("its name does not end in .jsonl: rename it", settles: false) }
        guard facts.kind == .regular else {
            return .waiting("it is a \(facts.kind.rawValue), not a regular file: remove it", settles: false)
        }
        guard facts.links == 1 else {
            return .waiting("it has \(facts.links) names (hard links): remove the others", settles: false)
        }
        if quiet.map({ $0.facts != facts }) ?? true { quiet = Quiet(facts: facts, since: now) }
        let isQuiet = quiet.map { now - $0.since >= lane.settle } ?? false
        do throws(FileError) {
            if let reason = try whyWriting(in: inbox, facts, isQuiet: isQuiet) { return reason }
            return try manifest(in: inbox, of: lane, facts)
        } catch {
            // What its producer made of it, or of its manifest, is for the producer to mend: nobody else waits for
            // that.
            if error.isEnvironmental { throw error }
            return try inbox.facts(of: name) == nil ? .nothing : .waiting("it cannot be read: \(error)", settles: false)
        }
    }

    private func whyWriting(
        in inbox: OpenDirectory, _ facts: FileFacts, isQuiet: Bool
    ) throws(FileError) -> Readiness? {
        switch try inbox.probe(name) {
        case .writer:
            return .waiting("a writer still has it open", settles: false)
        case .notPermitted where !isQuiet:
            return .waiting(
                "it belongs to uid \(facts.uid), so that only quiet time can tell: it is not quiet yet", settles: true)
        default: break
        }
        // `: > f; echo x >> f` closes it empty first: an empty file gets time for its content.
        if facts.sizeBytes == 0 && !isQuiet { return .waiting("it is empty so far", settles: true) }
        return nil
    }

    /// Names are 255 bytes at the most (NAME_MAX, limits.h): a longer manifest cannot exist.
    private var canHaveManifest: Bool { name.count + ".sha256".utf8.count <= 255 }

    private func manifest(
        in inbox: OpenDirectory, of lane: Lane, _ facts: FileFacts
    ) throws(FileError) -> Readiness {
        guard canHaveManifest else {
            return lane.manifestRequired
                ? .waiting("its lane wants a manifest, and its name is too long for one: shorten it", settles: false)
                : .ready(facts, manifestDigest: nil)
        }
        if try speaking(sumsManifest, for: facts, in: inbox) != nil,
            let text = try inbox.read(sumsManifest, limitBytes: 4096)
        {
            let digits = String(decoding: text.prefix(64), as: UTF8.self)
            guard let digest = SHA256Digest(hex: digits) else {
                return .waiting(
                    "\(PercentName.escape(name)).sha256 does not begin with 64 hexadecimal digits", settles: false)
            }
            return .ready(facts, manifestDigest: digest)
        }
        let isDone = try speaking(doneManifest, for: facts, in: inbox) != nil
        guard isDone || !lane.manifestRequired else {
            return .waiting(
                "its lane wants a manifest: NAME.jsonl.done or NAME.jsonl.sha256 beside it, of the same user (uid "
                    + "\(facts.uid))", settles: false)
        }
        return .ready(facts, manifestDigest: nil)
    }

    /// In a folder for several users, anybody may put something beside the file of another: a manifest is its
    /// producer's, or of who may write to it anyway.
    /// - Returns: nil: there is none that speaks for the file.
    private func speaking(
        _ manifest: [UInt8], for facts: FileFacts, in inbox: OpenDirectory
    ) throws(FileError) -> FileFacts? {
        guard let found = try inbox.facts(of: manifest) else { return nil }
        return [facts.uid, 0, geteuid()].contains(found.uid) ? found : nil
    }

    private var sumsManifest: [UInt8] { name + Array(".sha256".utf8) }
    private var doneManifest: [UInt8] { name + Array(".done".utf8) }

    /// What lies beside it now, and speaks for it. An inode alone is used again at once by the next file.
    func manifests(of facts: FileFacts, in inbox: OpenDirectory) throws(FileError) -> [String] {
        guard canHaveManifest else { return [] }
        var found: [String] = []
        for manifest in [sumsManifest, doneManifest] {
            let beside = try speaking(manifest, for: facts, in: inbox)
            guard let beside, beside.kind != .directory else { continue }
            found.append(beside.mark)
        }
        return found
    }

    /// - Parameter marks: of those that go; another that came since speaks for another file.
    func removeManifests(_ marks: [String], in inbox: OpenDirectory) throws(FileError) {
        guard canHaveManifest, !marks.isEmpty else { return }
        for manifest in [sumsManifest, doneManifest] {
            do throws(FileError) {
                guard let facts = try inbox.facts(of: manifest), marks.contains(facts.mark) else { continue }
                try inbox.remove(manifest)
            } catch  where !error.isEnvironmental {
                // Its producer has put something else there, or closed it to us: his file is claimed all the same.
            }
        }
    }
}

extension FileFacts {
    /// Names the file as it is, in a record.
    fileprivate var mark: String { "\(device).\(inode).\(changedNanoseconds)" }
}
