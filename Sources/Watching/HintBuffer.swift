/// The hints that wait to be delivered: each at most once, at most `capacity` of them, and one scan in place of what
/// does not fit. A waiting hint covers everything that happens until it is taken, because it is only then looked at.
struct HintBuffer {
    let capacity: Int
    /// Taken from the front; `taken` of them are gone already, which keeps taking constant in time.
    private var waiting: [Hint] = []
    private var taken = 0
    private var known: Set<Hint> = []
    private var scansOfEverything = 0
    private var hasStarted = false

    init(capacity: Int) {
        precondition(capacity > 0, "a buffer of hints holds at least one")
        self.capacity = capacity
    }

    mutating func add(_ hint: Hint) {
        if known.contains(hint) { return }
        if case .scan(let reason) = hint, reason.isOfEverything { return append(hint) }
        if scansOfEverything > 0 { return }
        if known.count >= capacity {
            waiting = []
            taken = 0
            known = []
            return append(.scan(.overflow))
        }
        append(hint)
    }

    /// Watching or polling begins: what happened before, or while nobody watched, is found by a scan.
    mutating func begin() {
        add(.scan(hasStarted ? .helperRestarted : .started))
        hasStarted = true
    }

    /// Whether `begin` was called ever.
    var hasBegun: Bool { hasStarted }

    mutating func take() -> Hint? {
        guard taken < waiting.count else { return nil }
        let hint = waiting[taken]
        taken += 1
        if taken == waiting.count || taken > 1024 {
            waiting.removeFirst(taken)
            taken = 0
        }
        known.remove(hint)
        if case .scan(let reason) = hint, reason.isOfEverything { scansOfEverything -= 1 }
        return hint
    }

    private mutating func append(_ hint: Hint) {
        waiting.append(hint)
        known.insert(hint)
        if case .scan(let reason) = hint, reason.isOfEverything { scansOfEverything += 1 }
    }
}
