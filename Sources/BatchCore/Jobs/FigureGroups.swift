/// Figures added up under a name: by lane, by model or by day.
package struct FigureGroups: Sendable {
    package struct Group: Equatable, Sendable {
        package let name: String
        /// Jobs that have a part in it.
        package fileprivate(set) var jobs = 0
        package fileprivate(set) var figures = Figures()

        package init(name: String) {
            self.name = name
        }

        /// One job more.
        package mutating func add(_ figures: Figures) {
            jobs += 1
            self.figures += figures
        }
    }

    private var groups: [String: Group] = [:]

    package init() {}

    /// One job's part.
    package mutating func add(_ figures: Figures, to name: String) {
        groups[name, default: Group(name: name)].add(figures)
    }

    /// The group of a name; an empty one if nothing was added to it.
    package subscript(name: String) -> Group { groups[name] ?? Group(name: name) }

    /// By name, ascending.
    package var sorted: [Group] { groups.values.sorted { $0.name < $1.name } }

    package var total: Figures { groups.values.reduce(Figures()) { $0 + $1.figures } }
}
