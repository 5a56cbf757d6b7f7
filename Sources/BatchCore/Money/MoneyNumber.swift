extension Money {
    /// Reads an amount of dollars as JSON writes numbers (`1.5e-07`, `0.00000015`, `0`), by its decimal digits: a
    /// double between would round.
    /// - Returns: nil if it is no number, negative, above `limit`, or finer than a picodollar.
    package init?(number text: String) {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        let digits = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, digits.count <= 2, digits.allSatisfy(Self.isDigits),
            let exponent = parts.count == 2 ? Int(parts[1]) : 0, -1000...1000 ~= exponent
        else { return nil }
        let fraction = digits.count == 2 ? digits[1] : ""
        var mantissa = Substring(digits[0] + fraction)
        var power = exponent - fraction.utf8.count + 12
        mantissa = mantissa.drop { $0 == "0" }
        while mantissa.last == "0" {
            mantissa.removeLast()
            power += 1
        }
        if mantissa.isEmpty {
            self = .zero
            return
        }
        // 22 digits are a billion dollars and more.
        guard power >= 0, mantissa.utf8.count + power <= 22,
            let amount = Int128(mantissa + String(repeating: "0", count: power))
        else { return nil }
        self.init(picodollars: amount)
        guard self <= .limit else { return nil }
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    }
}
