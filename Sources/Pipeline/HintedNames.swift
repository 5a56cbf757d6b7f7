import SystemPackage

/// What hints have named since the dispatcher took them last: each name once, and of too many that all names are to be
/// looked at. Hints come as fast as anybody touches files, and a slow turn of the dispatcher must not let them grow.
struct HintedNames {
    struct Name: Hashable {
        let directory: FilePath
        let bytes: [UInt8]
    }

    static let countMax = 10_000

    private(set) var names: [Name] = []
    private(set) var isScan = false
    private var known: Set<Name> = []

    mutating func add(_ name: Name) {
        if isScan || !known.insert(name).inserted { return }
        if names.count >= Self.countMax { return addScan() }
        names.append(name)
    }

    mutating func addScan() {
        self = HintedNames()
        isScan = true
    }

    mutating func take() -> HintedNames {
        defer { self = HintedNames() }
        return self
    }
}
