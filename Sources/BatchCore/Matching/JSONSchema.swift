import CMatching

/// A JSON Schema, compiled by valijson: drafts 4, 6 and 7. A schema that names no draft is read as draft 7. References
/// into other documents are refused, and so are schemas that cannot be used at all; nothing is ever fetched. `format`
/// is obeyed for date, time and date-time, and a remark otherwise.
// Sendable: the compiled form is only read, and what it remembers of its patterns is behind a lock.
package final class JSONSchema: @unchecked Sendable {
    /// Longer ones are refused.
    package static let longestBytes = 1 << 20

    /// Of the text that it was made of.
    package let digest: SHA256Digest
    private let compiled: OpaquePointer

    /// - Parameter strictly: also a keyword of a later draft is refused, which would be read over. So it must be where
    ///   a person states what is to be checked; a request may say more than is understood.
    package init(_ text: Span<UInt8>, strictly: Bool) throws(JSONSchemaError) {
        var tape = JSONTape()
        do throws(JSONError) { try tape.scan(text) } catch { throw JSONSchemaError("it is no JSON: \(error)") }
        guard text.count <= Self.longestBytes else { throw JSONSchemaError("it is longer than 1 MiB") }
        var hash = SHA256()
        hash.update(text)
        digest = hash.finish()
        let draft = try SchemaReview.review(tape, in: text, strictly: strictly)
        var flat = FlatJSON()
        flat.fill(JSONTape.root, of: tape, in: text)
        var reason = [CChar](repeating: 0, count: 256)
        let compiled = flat.withStrings { strings, length in
            cschema_compile(flat.nodes, flat.nodes.count, strings, length, CInt(draft), &reason, reason.count)
        }
        guard let compiled else { throw JSONSchemaError(reason.terminated) }
        self.compiled = compiled
    }

    deinit { cschema_free(compiled) }

    /// - Parameter workspace: used again from value to value.
    /// - Returns: where the value breaks the schema, by pointer and keyword, without any text of the value; nil: it
    ///   fits.
    package func flaw(
        of value: Int, on tape: JSONTape, in text: Span<UInt8>, using workspace: inout SchemaWorkspace
    ) -> String? {
        workspace.flat.fill(value, of: tape, in: text)
        let flat = workspace.flat
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { reason in
            let result = flat.withStrings { strings, length in
                cschema_check(
                    compiled, flat.nodes, flat.nodes.count, strings, length, reason.baseAddress, 256)
            }
            switch result {
            case CMatchingYes: return nil
            case CMatchingNo:
                return String(
                    decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            default: return "it takes too long to compare it with the schema"
            }
        }
    }
}

extension JSONSchema: Equatable {
    package static func == (one: JSONSchema, other: JSONSchema) -> Bool { one.digest == other.digest }
}

package struct SchemaWorkspace: Sendable {
    var flat = FlatJSON()

    package init() {}
}

/// Why a text is no JSON Schema that can be used.
package struct JSONSchemaError: Error, Equatable, CustomStringConvertible {
    package let reason: String
    package var description: String { reason }

    init(_ reason: String) {
        self.reason = reason
    }
}
