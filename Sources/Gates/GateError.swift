/// A gate that cannot be built as configured.
package struct GateError: Error, Equatable, CustomStringConvertible {
    package let reason: String
    package var description: String { "gate.toml: \(reason)" }
}
