import BatchCore

extension Form where Value == Money {
    /// An amount of US dollars.
    static var usd: Form {
        decimal.then { text throws(Refusal) in
            guard let amount = Money(decimal: text) else {
                throw Refusal("must be at most \(Money.limit.decimal) with at most 12 decimals, not \"\(text)\"")
            }
            return amount
        }
    }

    /// A price for a million tokens, as money for one token.
    static var usdPerMillionTokens: Form {
        decimal.then { text throws(Refusal) in
            if let price = Price.perMillionTokens(text) { return price }
            let decimals = text.split(separator: ".", maxSplits: 1).last.map(\.utf8.count) ?? 0
            throw Refusal(
                text.contains(".") && decimals > 6
                    ? "is finer than a picodollar a token: write at most 6 decimals, not \"\(text)\""
                    : "must be at most \(Money.limit.decimal), not \"\(text)\"")
        }
    }

    /// Digits with at most one point among them. A TOML float is refused although it looks like an amount: 0.1 is not a
    /// tenth in binary, and nobody would see by how much it is off.
    fileprivate static var decimal: Form<String> {
        Form<String> { node, findings in
            switch node.value {
            case .string(let text): return text
            case .integer, .float:
                findings.refuse(node, "must not be a bare number; write it as a string: \"25.00\"")
            default:
                findings.refuse(node, "must be a decimal amount in a string such as \"25.00\", not \(node.kind)")
            }
            return nil
        }.then { text throws(Refusal) in
            if text.first == "-", isDecimal(text.dropFirst()) { throw Refusal("must not be negative, not \"\(text)\"") }
            guard isDecimal(text[...]) else {
                throw Refusal("must be a decimal amount such as \"25.00\", not \"\(TomlPath.printable(text))\"")
            }
            return text
        }
    }

    private static func isDecimal(_ text: Substring) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count <= 2
            && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } }
    }
}

extension Form where Value == Discount {
    /// A share of a price that is taken off it, such as `"0.5"`.
    static var discount: Form {
        Form<Money>.decimal.then { text throws(Refusal) in
            guard let discount = Discount(decimal: text) else {
                throw Refusal("must be below 1 with at most 12 decimals, not \"\(text)\"")
            }
            return discount
        }
    }
}
