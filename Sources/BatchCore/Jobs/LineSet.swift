/// Line numbers (from 1) in ascending order, kept as runs: the lines of a shard are mostly neighbours.
package struct LineSet: Hashable, Sendable, Sequence, ExpressibleByArrayLiteral {
    fileprivate struct Run: Hashable {
        var first: UInt32
        var last: UInt32
    }

    private var runs: [Run] = []
    package private(set) var count = 0

    package init() {}

    /// - Parameter lines: ascending, none twice.
    package init(_ lines: some Sequence<Int>) {
        for line in lines { append(line) }
    }

    package init(arrayLiteral lines: Int...) {
        self.init(lines.sorted())
    }

    package var isEmpty: Bool { runs.isEmpty }
    package var first: Int? { runs.first.map { Int($0.first) } }
    package var last: Int? { runs.last.map { Int($0.last) } }

    /// - Precondition: `line` is above all that are in it, and at most `UInt32.max`.
    package mutating func append(_ line: Int) {
        append(through: line, from: line)
    }

    /// Appends a run of neighbours. - Precondition: as `append`.
    package mutating func append(through last: Int, from first: Int) {
        precondition(first <= last && first > (self.last ?? 0), "lines are appended in ascending order")
        count += last - first + 1
        if let end = runs.last, Int(end.last) + 1 == first {
            runs[runs.count - 1].last = UInt32(last)
        } else {
            runs.append(Run(first: UInt32(first), last: UInt32(last)))
        }
    }

    package func contains(_ line: Int) -> Bool {
        let place = runs.firstPlace { Int($0.last) >= line }
        return place < runs.count && Int(runs[place].first) <= line
    }

    package func makeIterator() -> Iterator { Iterator(runs: runs[...]) }

    package struct Iterator: IteratorProtocol {
        fileprivate var runs: ArraySlice<Run>
        private var upcoming: UInt32?

        fileprivate init(runs: ArraySlice<Run>) {
            self.runs = runs
        }

        package mutating func next() -> Int? {
            guard let run = runs.first else { return nil }
            let line = upcoming ?? run.first
            if line == run.last {
                runs.removeFirst()
                upcoming = nil
            } else {
                upcoming = line + 1
            }
            return Int(line)
        }
    }

    /// First and last line of each run, in order.
    package var bounds: [(first: Int, last: Int)] { runs.map { (Int($0.first), Int($0.last)) } }
}

/// The lines of a file that ask for what an earlier line asks for: 8 bytes each.
package struct DuplicateLines: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    private struct Pair: Hashable {
        var line: UInt32
        var first: UInt32
    }

    private var pairs: [Pair] = []

    package init() {}

    package init(dictionaryLiteral elements: (Int, Int)...) {
        for (line, first) in elements.sorted(by: { $0.0 < $1.0 }) { append(line, of: first) }
    }

    package var count: Int { pairs.count }

    /// - Precondition: `line` is above all that are in it, and above `first`.
    package mutating func append(_ line: Int, of first: Int) {
        precondition(line > (pairs.last.map { Int($0.line) } ?? 0), "lines are appended in ascending order")
        pairs.append(Pair(line: UInt32(line), first: UInt32(first)))
    }

    /// The first line that asks for the same; nil for a line that stands for itself.
    package subscript(line: Int) -> Int? {
        let place = pairs.firstPlace { Int($0.line) >= line }
        return place < pairs.count && Int(pairs[place].line) == line ? Int(pairs[place].first) : nil
    }

    /// Ascending by line.
    package func forEach(_ body: (_ line: Int, _ first: Int) -> Void) {
        for pair in pairs { body(Int(pair.line), Int(pair.first)) }
    }
}

extension Array {
    /// Where the first element stands that `belongs`; `count` if none does. Those that do stand behind all others.
    package func firstPlace(where belongs: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
