import BatchCore

/// `[sample]` of gate.toml.
extension Form where Value == SamplePolicy {
    static func sample(_ start: SamplePolicy) -> Form {
        Form.table(start, keys).then { policy throws(Refusal) in
            if policy.acceptable >= policy.rejectable {
                throw Refusal("needs acceptable (\(policy.acceptable)) below rejectable (\(policy.rejectable))")
            }
            return policy
        }
    }

    private static var keys: [Key<SamplePolicy>] {
        let risk = Form<Double>.number("a number above 0 and below 1") { $0 > 0 && $0 < 1 }
        return [
            Key("acceptable", \.statedAcceptable, .number("a number from 0 to below 1") { $0 >= 0 && $0 < 1 }),
            Key("rejectable", \.rejectable, .number("a number above 0 and at most 1") { $0 > 0 && $0 <= 1 }),
            Key("alpha", \.alpha, risk),
            Key("beta", \.beta, risk),
            Key("plan", \.plan, .word(["single": .single, "double": .double, "sequential": .sequential])),
            Key("strata", \.strata, .strata),
        ]
    }
}

/// `strata = { prefix = "-" }`, `strata = { pointer = "/metadata/class" }`; `strata = {}`, in a lane, for none.
extension Form where Value == Strata? {
    fileprivate static var strata: Form {
        Form<Table>.table(Table(), Table.keys).then { table throws(Refusal) in
            switch (table.prefix, table.pointer) {
            case (let separator?, nil): .prefix(separator: separator)
            case (nil, let pointer?): .pointer(pointer)
            case (nil, nil): nil
            default: throw Refusal("must have a prefix or a pointer, not both")
            }
        }
    }

    private struct Table {
        var prefix: String?
        var pointer: JSONPointer?

        static var keys: [Key<Table>] {
            [
                Key("prefix", \.prefix, .text),
                Key(
                    "pointer", \.pointer,
                    Form<String>.anyText.then { text throws(Refusal) in
                        guard let pointer = JSONPointer(text), !pointer.tokens.isEmpty else {
                            throw Refusal(
                                "must be a JSON pointer (RFC 6901) into the body, such as \"/metadata/class\"")
                        }
                        return pointer
                    }),
            ]
        }
    }
}
