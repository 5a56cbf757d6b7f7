/// Finds the name that somebody meant.
enum NearestName {
    /// What a message adds after a name that is not known: the nearest known one, or all of them where none is near.
    static func hint(for name: String, among known: [String]) -> String {
        let distances = known.map { (name: $0, distance: distance(from: name, to: $0)) }
        guard let nearest = distances.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) else { return "" }
        // Half of a name typed wrong is another name.
        if nearest.distance <= max(1, nearest.name.count / 2) {
            return "; did you mean `\(TomlPath.written(nearest.name))`?"
        }
        return "; known here: " + known.sorted().map { "`\(TomlPath.written($0))`" }.joined(separator: ", ")
    }

    /// The edit distance with neighbours exchanged as one edit (optimal string alignment).
    static func distance(from left: String, to right: String) -> Int {
        let left = Array(left.unicodeScalars)
        let right = Array(right.unicodeScalars)
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
                var best = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
