import CToml

/// Parses TOML 1.0. The C++ side lives and dies within one call; what leaves it are Swift values.
enum TomlDocument {
    struct SyntaxError: Error, Equatable {
        let line: Int
        let column: Int
        let message: String
    }

    /// - Returns: the root table. Its tables and arrays nest as the file's do.
    /// - Throws: the first syntax error; a key that stands twice and bytes that are not UTF-8 are such.
    static func parse(_ bytes: [UInt8]) throws(SyntaxError) -> TomlNode {
        // The pointer is used within the closure only, and C keeps none of the bytes.
        let document = bytes.withUnsafeBytes { bytes in
            // The base of an empty array may be NULL: C++ is handed an empty text instead.
            bytes.isEmpty ? ctoml_parse("", 0) : ctoml_parse(bytes.baseAddress, bytes.count)
        }
        defer { ctoml_free(document) }
        if let error = ctoml_error(document)?.pointee {
            throw SyntaxError(
                line: Int(error.line), column: Int(error.column),
                message: text(error.message, error.message_length))
        }
        var count = 0
        // Borrowed from the document, which `defer` ends after the tree is built.
        let nodes = UnsafeBufferPointer(start: ctoml_nodes(document, &count), count: count)
        var rest = nodes[...]
        return tree(&rest, at: TomlPath())
    }

    /// Takes one node and all below it off the front of `rest`.
    private static func tree(_ rest: inout Slice<UnsafeBufferPointer<CTomlNode>>, at path: TomlPath) -> TomlNode {
        let flat = rest.removeFirst()
        let value: TomlNode.Value
        switch flat.kind {
        case CTomlTable:
            var entries: [(key: String, node: TomlNode)] = []
            for _ in 0..<flat.count {
                let name = text(rest[rest.startIndex].key, rest[rest.startIndex].key_length)
                entries.append((name, tree(&rest, at: path.key(name))))
            }
            value = .table(entries.sorted { $0.node.line < $1.node.line })
        case CTomlArray:
            value = .array((0..<flat.count).map { tree(&rest, at: path.element($0)) })
        case CTomlString: value = .string(text(flat.string, flat.string_length))
        case CTomlInteger: value = .integer(Int(flat.integer))
        case CTomlFloat: value = .float(flat.floating)
        case CTomlBoolean: value = .boolean(flat.boolean != 0)
        default: value = .time
        }
        return TomlNode(value: value, line: max(1, Int(flat.line)), path: path)
    }

    /// Copies a text that the document owns.
    private static func text(_ start: UnsafePointer<CChar>?, _ length: Int) -> String {
        let bytes = UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : length)
        return String(decoding: bytes, as: UTF8.self)
    }
}
