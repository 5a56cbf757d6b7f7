/// How many prompts of a file are nearly the same, and what sending one of each would save. A report, and no more:
/// nothing is left out because of it.
///
/// It takes less than 100 bytes of memory a prompt, whatever the length of the prompts.
package struct SimilarPrompts: Sendable {
    /// Prompts of this estimated resemblance, or more, are near duplicates.
    package static let threshold = 0.9

    package struct Report: Equatable, Sendable {
        /// Sets of prompts with one normal form, the prompts in them, and what all but the first of each may cost.
        package var groups = 0
        package var lines = 0
        package var saved = Money.zero
        /// The same for near duplicates, one prompt of each normal form taken. One leads to the next: the ends of a
        /// chain may differ by more. What the two would save adds up.
        package var nearGroups = 0
        package var nearLines = 0
        package var nearSaved = Money.zero

        package init() {}
    }

    private struct Prompt {
        var form: UInt64
        var kind: UInt64
        var request: UInt64
        /// In picodollars; what is dearer than 2^64 of them (18 million USD) counts as that.
        var cost: UInt64
        var sketch: SIMD8<UInt32>
    }

    private var prompts: [Prompt] = []

    package init() {}

    /// Takes in a prompt that would be sent.
    /// - Parameters:
    ///   - text: as `PromptText` gives it; one without letters, digits or signs is passed over.
    ///   - kind: prompts to different models or urls are not compared.
    ///   - request: of its request key; what has the same is the same request, sent once, and counted once.
    ///   - cost: its worst case.
    package mutating func add(_ text: [UInt8], kind: RequestKind, request: UInt64, cost: Money) {
        let form = NormalForm(text).bytes
        if form.isEmpty { return }
        let kind = Self.hash([Array(kind.url.rawValue.utf8), Array(kind.model.utf8)])
        prompts.append(
            Prompt(
                form: MinHash.mixed(Self.hash([form]) ^ kind), kind: kind, request: request,
                cost: UInt64(clamping: cost.picodollars), sketch: MinHash(form).words))
    }

    private static func hash(_ parts: [[UInt8]]) -> UInt64 {
        var hash = FNV1a()
        for part in parts {
            for byte in part { hash.add(byte) }
            hash.add(0)
        }
        return MinHash.mixed(hash.value)
    }

    package var report: Report {
        var report = Report()
        var firsts: [Int32] = []
        let order = prompts.indices.map { Int32($0) }.sorted { left, right in
            let (one, other) = (prompts[Int(left)], prompts[Int(right)])
            return (one.form, one.request, left) < (other.form, other.request, right)
        }
        var start = 0
        while start < order.count {
            var end = start
            var group: [Int32] = []
            while end < order.count, prompts[Int(order[end])].form == prompts[Int(order[start])].form {
                let prompt = prompts[Int(order[end])]
                if end == start || prompt.request != prompts[Int(order[end - 1])].request { group.append(order[end]) }
                end += 1
            }
            start = end
            let first = group.min() ?? 0
            firsts.append(first)
            if group.count == 1 { continue }
            report.groups += 1
            report.lines += group.count
            report.saved += cost(of: group.filter { $0 != first })
        }
        addNear(firsts.sorted(), to: &report)
        return report
    }

    private func cost(of group: [Int32]) -> Money {
        group.reduce(.zero) { $0 + Money(picodollars: Int128(prompts[Int($1)].cost)) }
    }

    /// Compares prompts that agree in four functions together (a band): of two with a resemblance of 0.9 all but one
    /// pair of five thousand do in some band.
    private func addNear(_ firsts: [Int32], to report: inout Report) {
        var sets = DisjointSets(firsts.count)
        for band in 0..<8 {
            let order = firsts.indices.sorted { left, right in
                let (one, other) = (prompts[Int(firsts[left])].sketch[band], prompts[Int(firsts[right])].sketch[band])
                return (one, left) < (other, right)
            }
            var start = 0
            for place in order.indices.dropFirst() {
                let (one, other) = (prompts[Int(firsts[order[place]])], prompts[Int(firsts[order[start]])])
                guard one.sketch[band] == other.sketch[band] else {
                    start = place
                    continue
                }
                // The first and the one before: each with each would take for ever where all are from one template.
                for earlier in Set([start, place - 1]) where areNear(firsts[order[earlier]], firsts[order[place]]) {
                    sets.unite(order[earlier], order[place])
                }
            }
        }
        var sizes: [Int: Int] = [:]
        for index in firsts.indices { sizes[sets.first(of: index), default: 0] += 1 }
        for (first, size) in sizes where size > 1 {
            report.nearGroups += 1
            report.nearLines += size
            report.nearSaved -= cost(of: [firsts[first]])
        }
        for index in firsts.indices where sizes[sets.first(of: index), default: 1] > 1 {
            report.nearSaved += cost(of: [firsts[index]])
        }
    }

    private func areNear(_ one: Int32, _ other: Int32) -> Bool {
        let (one, other) = (prompts[Int(one)], prompts[Int(other)])
        return one.kind == other.kind
            && MinHash(words: one.sketch).resemblance(to: MinHash(words: other.sketch)) >= Self.threshold
    }
}

/// Sets that grow together; the least index of each stands for it.
private struct DisjointSets {
    private var parents: [Int32]

    init(_ count: Int) {
        parents = (0..<Int32(count)).map { $0 }
    }

    mutating func first(of index: Int) -> Int {
        var at = index
        while Int(parents[at]) != at {
            parents[at] = parents[Int(parents[at])]
            at = Int(parents[at])
        }
        return at
    }

    mutating func unite(_ one: Int, _ other: Int) {
        let (left, right) = (first(of: one), first(of: other))
        parents[max(left, right)] = Int32(min(left, right))
    }
}
