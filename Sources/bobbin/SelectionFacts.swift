import BatchCore

extension Model {
    /// Only where it cannot all that a line may need.
    var limitedTo: String {
        if capabilities == .all { return "" }
        return "; capabilities: \(capabilities.isEmpty ? "none" : capabilities.names.joined(separator: ", "))"
    }
}

extension Route {
    /// Which models are tried, for a person.
    var facts: String {
        let list = models.joined(separator: order == .cheapest ? ", " : ", then ")
        let cheapest = order == .cheapest ? "; the cheapest first" : ""
        let tried = trial.map { "; trial: \($0.share * 100) % of its lines go to \($0.model) first" } ?? ""
        return list + cheapest + tried
    }
}
