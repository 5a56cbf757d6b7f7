import Synchronization

/// Those who are told of system calls, while there are any. Asking costs one relaxed load where there are none.
struct ActiveList<Element: AnyObject & Sendable>: ~Copyable, Sendable {
    private let list = Mutex<[Element]>([])
    private let count = Atomic<Int>(0)

    var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }

    func add(_ element: Element) {
        list.withLock { $0.append(element) }
        count.add(1, ordering: .releasing)
    }

    /// Twice is once.
    func remove(_ element: Element) {
        let isRemoved = list.withLock { list in
            guard let index = list.firstIndex(where: { $0 === element }) else { return false }
            list.remove(at: index)
            return true
        }
        if isRemoved { count.subtract(1, ordering: .releasing) }
    }

    func those(where isMeant: (Element) -> Bool) -> [Element] { list.withLock { $0.filter(isMeant) } }
}
