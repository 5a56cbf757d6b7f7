import BatchCore
import Synchronization

/// Schemas that requests bring, each compiled once. It is bounded: whoever sends a schema of its own in every line has
/// each compiled, and nobody's memory filled.
final class SchemaCache: Sendable {
    static let capacity = 256

    private struct State {
        var schemas: [SHA256Digest: Result<JSONSchema, JSONSchemaError>] = [:]
        var order: [SHA256Digest] = []
        var oldest = 0
    }

    private let state = Mutex(State())

    /// - Throws: why the text is no schema that can be used; that too is remembered.
    func schema(_ text: [UInt8]) throws(JSONSchemaError) -> JSONSchema {
        let digest = SHA256.digest(of: text)
        if let known = state.withLock({ $0.schemas[digest] }) { return try known.get() }
        let result = Result { () throws(JSONSchemaError) in try JSONSchema(text.span, strictly: false) }
        state.withLock { state in
            guard state.schemas.updateValue(result, forKey: digest) == nil else { return }
            if state.order.count < Self.capacity { return state.order.append(digest) }
            state.schemas[state.order[state.oldest]] = nil
            state.order[state.oldest] = digest
            state.oldest = (state.oldest + 1) % Self.capacity
        }
        return try result.get()
    }
}
