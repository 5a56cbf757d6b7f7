import BatchCore

/// Vectors that can be searched with: of one dimension, finite, not zero, of the length that was asked for.
struct EmbeddingCheck: AnswerCheck {
    let name = "embeddings"
    let dimension: Int?
    let norm: ClosedRange<Double>?

    func defect(in answer: Answer) -> String? {
        guard answer.url == .embeddings, let response = answer.response else { return nil }
        let text = response.span
        var tape = JSONTape()
        do throws(JSONError) { try tape.scan(text) } catch { return nil }
        guard let body = tape.member("body", of: JSONTape.root, in: text),
            let data = tape.member("data", of: body, in: text)
        else { return nil }
        var expected = dimension
        for (place, item) in tape.elements(data).enumerated() {
            guard let node = tape.member("embedding", of: item, in: text), let vector = Vector(node, of: tape, in: text)
            else { return "vector \(place + 1) is none" }
            if let flaw = flaw(of: vector, expected: expected) { return "vector \(place + 1) \(flaw)" }
            expected = vector.dimension
        }
        return nil
    }

    private func flaw(of vector: Vector, expected: Int?) -> String? {
        guard vector.isFinite else { return "has an element that is no finite number" }
        if let expected, vector.dimension != expected {
            return "has \(vector.dimension) dimensions, not \(expected)"
        }
        guard vector.norm > 0 else { return "is zero" }
        if let norm, !norm.contains(vector.norm) {
            return "has a norm outside of \(norm.lowerBound) to \(norm.upperBound)"
        }
        return nil
    }
}

/// What the check needs of a vector.
private struct Vector {
    private(set) var dimension = 0
    private(set) var isFinite = true
    private var sum = 0.0
    /// Euclidean. Sums of squares that a double cannot hold make it infinite or zero, which no model's vectors do.
    var norm: Double { sum.squareRoot() }

    /// An array of numbers, or little-endian floats in Base64 (`encoding_format`).
    init?(_ node: Int, of tape: JSONTape, in text: Span<UInt8>) {
        if let encoded = tape.string(node, in: text) {
            guard let bytes = Base64.decode(encoded), bytes.count % 4 == 0 else { return nil }
            for at in stride(from: 0, to: bytes.count, by: 4) {
                let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) }
                add(Double(Float(bitPattern: bits)))
            }
        } else {
            guard tape.kind(node) == .array else { return nil }
            for element in tape.elements(node) {
                guard let number = tape.double(element, in: text) else { return nil }
                add(number)
            }
        }
    }

    private mutating func add(_ element: Double) {
        dimension += 1
        isFinite = isFinite && element.isFinite
        sum += element * element
    }
}
