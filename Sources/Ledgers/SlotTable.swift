import Glibc

/// A part of the fingerprint index: a hash table of 8-byte slots with linear probing, which grows alone. Memory of its
/// own, which its owner frees: an array would be copied, and a heap full of tables that grow one by one has holes.
struct SlotTable {
    /// Fingerprint in the upper 24 bits, record number + 1 in the lower 40; 0 is empty.
    private(set) var slots: UnsafeMutablePointer<UInt64>?
    private(set) var capacity: UInt32 = 0
    private(set) var count: UInt32 = 0

    static let numberBits: UInt64 = 40
    static let numberMask: UInt64 = (1 << numberBits) - 1
    static let fingerprintBits: UInt64 = 24

    private static let capacityMin: UInt32 = 8
    /// From here on memory comes in pages, straight from the kernel.
    private static let mappedBytes = 64 << 10

    init() {}

    /// An empty table, whose slots are to be filled from a checkpoint.
    init(capacity: UInt32, count: UInt32) {
        self.capacity = capacity
        self.count = count
        if capacity > 0 { slots = Self.allocate(capacity) }
    }

    var bytes: Int { Int(capacity) * MemoryLayout<UInt64>.size }
    var raw: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: slots, count: bytes) }

    func free() {
        guard let slots else { return }
        if bytes >= Self.mappedBytes { munmap(slots, bytes) } else { Glibc.free(slots) }
    }

    /// The home keeps the order of the fingerprints, so that growing needs no look at the keys on disk.
    @inline(__always)
    func home(_ fingerprint: UInt64) -> Int {
        Int(truncatingIfNeeded: (fingerprint &* UInt64(capacity)) >> Self.fingerprintBits)
    }

    @inline(__always)
    func next(_ slot: Int) -> Int { slot + 1 == Int(capacity) ? 0 : slot + 1 }

    /// The first slot from `slot` on that has the fingerprint, or is empty. A table always has empty slots.
    @inline(__always)
    func probe(_ fingerprint: UInt64, from slot: Int) -> (slot: Int, entry: UInt64) {
        guard let slots else { return (0, 0) }
        var slot = slot
        while true {
            let entry = slots[slot]
            if entry == 0 || entry >> Self.numberBits == fingerprint { return (slot, entry) }
            slot = next(slot)
        }
    }

    /// What stands at the home of a fingerprint; 0: nothing, so that no key has it.
    @inline(__always)
    func atHome(_ fingerprint: UInt64) -> UInt64 { slots.map { $0[home(fingerprint)] } ?? 0 }

    func replace(_ slot: Int, with entry: UInt64) { slots![slot] = entry }

    /// Loads are between 68 and 85 of a hundred: 8 / 0.85 to 8 / 0.68 bytes a key.
    /// - Parameter growth: by which the table grows where it is full, in 65536ths.
    mutating func insert(_ entry: UInt64, growth: UInt32) {
        if UInt64(count + 1) * 100 > UInt64(capacity) * 85 { grow(by: growth) }
        place(entry)
        count += 1
    }

    /// Closes the gap, as an empty slot would end the search for those behind it (Knuth, TAOCP 6.4, algorithm R).
    mutating func remove(_ slot: Int) {
        guard let slots else { return }
        var gap = slot
        var at = next(slot)
        while slots[at] != 0 {
            let home = home(slots[at] >> Self.numberBits)
            // May it stand at the gap: is its home not between the gap and where it is?
            if gap <= at ? home <= gap || home > at : home <= gap && home > at {
                slots[gap] = slots[at]
                gap = at
            }
            at = next(at)
        }
        slots[gap] = 0
        count -= 1
    }

    private mutating func grow(by growth: UInt32) {
        let old = self
        capacity = max(Self.capacityMin, capacity + UInt32((UInt64(capacity) * UInt64(growth)) >> 16) + 1)
        slots = Self.allocate(capacity)
        for slot in 0..<Int(old.capacity) where old.slots![slot] != 0 { place(old.slots![slot]) }
        old.free()
    }

    private func place(_ entry: UInt64) {
        guard let slots else { return }
        var slot = home(entry >> Self.numberBits)
        while slots[slot] != 0 { slot = next(slot) }
        slots[slot] = entry
    }

    /// Zeroed memory. That there is none ends the process, as it does for any array.
    private static func allocate(_ capacity: UInt32) -> UnsafeMutablePointer<UInt64> {
        let bytes = Int(capacity) * MemoryLayout<UInt64>.size
        let memory: UnsafeMutableRawPointer?
        if bytes >= mappedBytes {
            // All of it is touched at once: populated, it costs one call instead of a fault a page.
            memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)
        } else {
            memory = calloc(Int(capacity), MemoryLayout<UInt64>.size)
        }
        guard let memory, memory != UnsafeMutableRawPointer(bitPattern: -1) else {
            fatalError("no memory for \(bytes) bytes of the index of the hash log")
        }
        return memory.bindMemory(to: UInt64.self, capacity: Int(capacity))
    }
}
