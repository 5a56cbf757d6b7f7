import DurableFiles
import SystemPackage
import TestSupport

/// What a file system holds, and what of it is on the disk: changes since the last fsync are pending, and a loss of
/// power leaves any of them, in any order, bytes torn anywhere. A rename is one change, as in every journal.
struct DiskModel {
    private enum Write {
        case bytes([UInt8], at: Int)
        case cut(Int)
    }

    private struct File {
        var durable: [UInt8] = []
        var pending: [Write] = []
        var sizeBytes = 0
    }

    private enum Node {
        case file(File)
        case directory
    }

    private struct Place: Hashable {
        let directory: Int
        let name: String
    }

    /// One call: each of its names leads to a node from then on, or to none.
    private struct Change {
        let number: Int
        let names: [(place: Place, node: Int?)]
    }

    private static let root = 0
    private static let sectorBytes = 512

    private var path: FilePath
    private var nodes: [Node] = [.directory]
    private var byInode: [UInt64: Int] = [:]
    private var now: [Place: Int] = [:]
    private var durable: [Place: Int] = [:]
    private var pending: [Change] = []
    private var changes = 0
    /// Fsyncs that have begun: of which node, and how much was pending then.
    private var syncs: [Int: (node: Int, pending: Int)] = [:]

    /// Everything in a directory, which is on disk.
    init(reading path: FilePath) throws {
        self.path = path
        try read(path, Self.root)
    }

    private mutating func read(_ directory: FilePath, _ number: Int) throws {
        for name in try DurableFile.list(directory) {
            let path = directory.appending(nameBytes: name)
            guard let facts = try FileFacts(at: path) else { continue }
            let node = nodes.count
            let place = Place(directory: number, name: String(decoding: name, as: UTF8.self))
            (now[place], durable[place]) = (node, node)
            if facts.kind == .directory {
                nodes.append(.directory)
                try read(path, node)
            } else {
                let bytes = try DurableFile.read(path) ?? []
                nodes.append(.file(File(durable: bytes, sizeBytes: bytes.count)))
                byInode[facts.inode] = node
            }
        }
    }

    mutating func apply(_ change: FileChange) {
        switch change {
        case .opened(let path, let inode):
            guard let place = place(of: path) else { return }
            if let node = now[place], byInode[inode] == node { return }
            nodes.append(.file(File()))
            byInode[inode] = nodes.count - 1
            set([(place, nodes.count - 1)])
        case .wrote(let inode, let bytes):
            edit(inode) { file in
                file.pending.append(.bytes(bytes, at: file.sizeBytes))
                file.sizeBytes += bytes.count
            }
        case .truncated(let inode, let sizeBytes):
            edit(inode) { file in
                file.pending.append(.cut(sizeBytes))
                file.sizeBytes = sizeBytes
            }
        case .syncing(let path, let inode, let number):
            guard let node = byInode[inode] ?? node(of: path) else { return }
            guard case .file(let file) = nodes[node] else { return syncs[number] = (node, changes) }
            syncs[number] = (node, file.pending.count)
        case .synced(let number):
            if let (node, count) = syncs.removeValue(forKey: number) { makeDurable(node, count) }
        case .renamed(let from, let to):
            guard let source = place(of: from), let target = place(of: to) else { return }
            set([(source, nil), (target, now[source])])
        case .linked(let from, let to):
            guard let target = place(of: to), let node = node(of: from) else { return }
            set([(target, node)])
        case .unlinked(let path), .removedDirectory(let path):
            if let place = place(of: path) { set([(place, nil)]) }
        case .madeDirectory(let path):
            nodes.append(.directory)
            if let place = place(of: path) { set([(place, nodes.count - 1)]) }
        }
    }

    private mutating func edit(_ inode: UInt64, _ body: (inout File) -> Void) {
        guard let node = byInode[inode], case .file(var file) = nodes[node] else { return }
        body(&file)
        nodes[node] = .file(file)
    }

    private mutating func set(_ names: [(Place, Int?)]) {
        for (place, node) in names { now[place] = node }
        changes += 1
        pending.append(Change(number: changes, names: names))
    }

    private mutating func makeDurable(_ node: Int, _ count: Int) {
        if case .file(var file) = nodes[node] {
            // Two fsyncs at a time: the one that ends later began with what is not pending any more.
            let done = min(count, file.pending.count)
            file.durable = Self.content(file, size: done) { _ in true }
            file.pending.removeFirst(done)
            nodes[node] = .file(file)
        } else {
            pending.removeAll { change in
                guard change.number <= count, change.names.contains(where: { $0.place.directory == node }) else {
                    return false
                }
                for (place, node) in change.names { durable[place] = node }
                return true
            }
        }
    }

    private func node(of path: FilePath) -> Int? {
        guard let place = place(of: path) else { return Self.root }
        return now[place]
    }

    /// - Returns: nil for the directory itself, or where a directory on the way is not known.
    private func place(of path: FilePath) -> Place? {
        let names = path.string.dropFirst(self.path.string.utf8.count).split(separator: "/").map(String.init)
        guard let last = names.last else { return nil }
        var directory = Self.root
        for name in names.dropLast() {
            guard let next = now[Place(directory: directory, name: name)] else { return nil }
            directory = next
        }
        return Place(directory: directory, name: last)
    }

    /// - Parameters:
    ///   - size: that of the file after so many of its pending writes.
    ///   - survives: is asked for each sector of each write; a prefix of it stays where it says less than all.
    private static func content(_ file: File, size: Int, _ survives: (Int) -> Bool) -> [UInt8] {
        var bytes = file.durable
        var sizeBytes = bytes.count
        for (index, write) in file.pending.enumerated() {
            switch write {
            case .bytes(let new, let offset):
                if index < size { sizeBytes = offset + new.count }
                guard size == file.pending.count || index <= size else { continue }
                if bytes.count < offset + new.count {
                    bytes += [UInt8](repeating: 0, count: offset + new.count - bytes.count)
                }
                var begin = 0
                while begin < new.count {
                    let end = min(new.count, ((offset + begin) / sectorBytes + 1) * sectorBytes - offset)
                    if survives(index) { bytes.replaceSubrange(offset + begin..<offset + end, with: new[begin..<end]) }
                    begin = end
                }
            case .cut(let to):
                guard index < size else { continue }
                sizeBytes = to
                bytes.removeLast(max(0, bytes.count - to))
            }
        }
        return Array(bytes.prefix(sizeBytes)) + [UInt8](repeating: 0, count: max(0, sizeBytes - bytes.count))
    }
}

extension DiskModel {
    /// What a loss of power leaves, laid into an empty directory, or into one that has some of its directories already.
    func lose(into target: FilePath, using random: inout SeededGenerator) throws {
        var names = durable
        // A journal brings names back up to some change; without one any of them may be there.
        let isOrdered = random.once(in: 2)
        let most = Int.random(in: 0...pending.count, using: &random)
        let share = Int.random(in: 1...9, using: &random)
        for (index, change) in pending.enumerated() {
            guard isOrdered ? index < most : Int.random(in: 0..<10, using: &random) < share else { continue }
            for (place, node) in change.names { names[place] = node }
        }
        var contents: [Int: [UInt8]] = [:]
        for (number, node) in nodes.enumerated() {
            guard case .file(let file) = node else { continue }
            let size = Int.random(in: 0...file.pending.count, using: &random)
            let share = [0, 5, 10].randomElement(using: &random) ?? 0
            var bytes = Self.content(file, size: size) { _ in Int.random(in: 0..<10, using: &random) < share }
            // Torn within a sector.
            if size > 0, bytes.count > file.durable.count, random.once(in: 4) {
                bytes.removeLast(Int.random(in: 0...bytes.count - file.durable.count, using: &random))
            }
            contents[number] = bytes
        }
        _ = try lay(names, into: target) { contents[$0] ?? [] }
    }

    /// What a process leaves that is killed, laid there: all of it, and what was pending still is.
    func killed(into target: FilePath) throws -> DiskModel {
        var next = DiskModel(copying: self, at: target)
        next.byInode = try lay(now, into: target) { number in
            guard case .file(let file) = nodes[number] else { return [] }
            return Self.content(file, size: file.pending.count) { _ in true }
        }
        next.syncs = [:]
        return next
    }

    private init(copying model: DiskModel, at path: FilePath) {
        self = model
        self.path = path
    }

    private func lay(
        _ names: [Place: Int], into target: FilePath, content: (Int) -> [UInt8]
    ) throws -> [UInt64: Int] {
        var byInode: [UInt64: Int] = [:]
        func lay(_ directory: Int, _ path: FilePath) throws {
            for (place, node) in names where place.directory == directory {
                let path = path.appending(place.name)
                if case .directory = nodes[node] {
                    _ = try DurableFile.makeDirectory(path)
                    try lay(node, path)
                } else {
                    try DurableFile.publish(content(node), to: path, durable: false)
                    if let inode = try FileFacts(at: path)?.inode { byInode[inode] = node }
                }
            }
        }
        try lay(Self.root, target)
        return byInode
    }
}
