/// What tells the lines of one kind apart, so that a small bad class is seen, rejected and redone alone.
package enum Strata: Equatable, Sendable {
    /// The custom_id up to this separator, which is not empty.
    case prefix(separator: String)
    /// The value at this place of the request's body.
    case pointer(JSONPointer)
}
