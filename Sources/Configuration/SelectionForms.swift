import BatchCore

/// The trial of a route as models.toml states it: `{ model = "NAME", share = 0.05 }`.
struct TrialDraft {
    var model: Stated<String>?
    var share: Stated<Double>?

    static var keys: [Key<TrialDraft>] {
        [
            Key("model", \.model, Form.text.stated),
            Key(
                "share", \.share,
                Form.number("a number above 0 and below 1, the share of the lines") { $0 > 0 && $0 < 1 }.stated),
        ]
    }
}

extension RouteDraft {
    /// All models that it may lead to.
    var names: [String] {
        (models?.value ?? []).compactMap(\.value) + [trial?.value?.model?.value].compactMap(\.self)
    }
}

extension Form where Value == Capabilities {
    /// A list of their words. An empty one: none.
    static var capabilities: Form {
        Form<[Capabilities]>.array(of: .capability).then { words throws(Refusal) in Capabilities(words) }
    }

    private static var capability: Form {
        Form<String>.text.then { word throws(Refusal) in
            guard let known = Capabilities.words.first(where: { $0.key == word }) else {
                let hint = NearestName.hint(for: word, among: Capabilities.words.map(\.key))
                throw Refusal("is no capability: `\(TomlPath.written(word))`\(hint)")
            }
            return known.value
        }
    }
}
