import BatchCore

extension Form where Value == String {
    /// The name of a member of a body that a model's answer does not depend on.
    static var ignorableMember: Form {
        text.then { name throws(Refusal) in
            guard !AnswerMembers.names.contains(name) else {
                throw Refusal("must not be `\(name)`: it changes the answer or what it may cost")
            }
            return name
        }
    }
}
