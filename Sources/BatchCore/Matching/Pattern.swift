import CMatching

/// A regular expression in the dialect of PCRE2 (UTF-8, Unicode classes), compiled. Matching is bounded: a pattern that
/// backtracks without end gives up after a million steps.
// Sendable: the compiled form is only read.
package final class Pattern: @unchecked Sendable {
    package enum Match: Equatable, Sendable {
        case found(Range<Int>)
        case absent
        /// A bound was reached: nobody knows.
        case gaveUp
    }

    package let text: String
    private let code: OpaquePointer

    /// - Throws: why it is no pattern.
    package convenience init(_ text: String) throws(PatternError) {
        try self.init(text, dialect: CPatternPerl)
    }

    private init(_ text: String, dialect: CPatternDialect) throws(PatternError) {
        self.text = text
        var text = text
        var reason = [CChar](repeating: 0, count: 256)
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                cpattern_compile($0.baseAddress, $0.count, dialect, &reason, reason.count)
            }
        }
        guard let code else { throw PatternError(reason: reason.terminated) }
        self.code = code
    }

    deinit { cpattern_free(code) }

    /// - Throws: why `text` is no pattern of a JSON Schema.
    static func checkSchemaPattern(_ text: String) throws(PatternError) {
        _ = try Pattern(text, dialect: CPatternSchema)
    }

    /// The first place in `text` at `start` or behind that matches. `text` must be valid UTF-8.
    package func find(in text: Span<UInt8>, from start: Int = 0) -> Match {
        var (from, to) = (0, 0)
        let result = text.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                cpattern_find(code, $0.baseAddress, $0.count, start, &from, &to)
            }
        }
        switch result {
        case CMatchingYes: return .found(from..<to)
        case CMatchingNo: return .absent
        default: return .gaveUp
        }
    }
}

/// Why a text is no regular expression.
package struct PatternError: Error, Equatable, CustomStringConvertible {
    package let reason: String
    package var description: String { reason }

    package init(reason: String) {
        self.reason = reason
    }
}

extension [CChar] {
    /// A terminated string of C, as far as it is UTF-8.
    var terminated: String { String(decoding: prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) }
}
