import BatchCore
import SystemPackage

/// The keys of `[checks]`.
extension CheckPolicy {
    static var keys: [Key<CheckPolicy>] {
        let share = Form.number("a number above 0 and at most 1") { $0 > 0 && $0 <= 1 }
        let length = Form.integer(1...1_000_000_000)
        return [
            Key("refusal", \.refusal, .boolean),
            Key("refusal_phrases", \.refusalPhrases, .array(of: .text)),
            Key("finish_reason", \.finishReasons, .list(of: .text, naming: "at least one finish reason")),
            Key("non_empty", \.nonEmpty, .boolean),
            Key("json", \.json, .boolean),
            Key("json_schema", \.jsonSchema, .schemaFile),
            Key("must_match", \.mustMatch, .oneOrMore(.regularExpression)),
            Key("must_not_match", \.mustNotMatch, .oneOrMore(.regularExpression)),
            Key("min_length", \.minLength, length),
            Key("max_length", \.maxLength, length),
            Key("labels", \.labels, .list(of: .anyText, naming: "at least one label")),
            Key("labels_at", \.labelsAt, .pointer),
            Key("ranges", \.ranges, .array(of: .range)),
            Key("script", \.scripts, .oneOrMore(.script)),
            Key("script_share", \.scriptShare, share),
            Key("max_repeats", \.maxRepeats, .integer(2...1_000_000)),
            Key("echo", \.echo, share),
            Key("response_format", \.responseFormat, .boolean),
            Key("tool_arguments", \.toolArguments, .boolean),
            Key("embeddings", \.embeddings, .boolean),
            Key("embedding_dimension", \.embeddingDimension, .integer(1...1_000_000)),
            Key("embedding_norm", \.embeddingNorm, .bounds),
        ]
    }

    /// What one key says of another.
    static func checked(_ policy: CheckPolicy) throws(Refusal) -> CheckPolicy {
        if let least = policy.minLength, let greatest = policy.maxLength, least > greatest {
            throw Refusal("needs min_length (\(least)) of at most max_length (\(greatest))")
        }
        if policy.labelsAt != nil, policy.labels.isEmpty { throw Refusal("needs labels beside labels_at") }
        if !policy.embeddings, policy.embeddingDimension != nil || policy.embeddingNorm != nil {
            throw Refusal("needs embeddings = true for what is said of embeddings")
        }
        return policy
    }
}

extension Form {
    /// One value, or an array of them.
    fileprivate static func oneOrMore<Element>(_ form: Form<Element>) -> Form where Value == [Element] {
        Form { node, findings in
            if case .array = node.value { return Form.array(of: form).read(node, &findings) }
            return form.read(node, &findings).map { [$0] }
        }
    }
}

extension Form where Value == String {
    /// Compiled here once to know that it can be; the text is what the policy holds.
    fileprivate static var regularExpression: Form {
        anyText.then { text throws(Refusal) in
            do throws(PatternError) { _ = try Pattern(text) } catch {
                throw Refusal("is no regular expression: \(TomlPath.printable(error.reason))")
            }
            return text
        }
    }

    /// The name of a Unicode script.
    fileprivate static var script: Form {
        text.then { name throws(Refusal) in
            let isName = name.unicodeScalars.allSatisfy { $0.properties.isAlphabetic && $0.isASCII || $0 == "_" }
            do throws(PatternError) {
                guard isName else { throw PatternError(reason: "it is no name") }
                _ = try Pattern("\\p{sc:\(name)}")
            } catch {
                throw Refusal("is no Unicode script, such as \"Latin\", \"Cyrillic\" or \"Han\"")
            }
            return name
        }
    }
}

extension Form where Value == JSONPointer {
    static var pointer: Form {
        Form<String>.anyText.then { text throws(Refusal) in
            guard let pointer = JSONPointer(text) else {
                throw Refusal("is no JSON pointer, such as \"/items/0/price\"")
            }
            return pointer
        }
    }
}

extension Form where Value == ClosedRange<Double> {
    /// `[least, greatest]`.
    fileprivate static var bounds: Form {
        Form<[Double]>.array(of: .number("a number") { $0.isFinite }).then { numbers throws(Refusal) in
            guard numbers.count == 2, numbers[0] <= numbers[1] else {
                throw Refusal("must be two numbers, the least and the greatest")
            }
            return numbers[0]...numbers[1]
        }
    }
}

extension Form where Value == NumberRange {
    /// `{ at = "/score", min = 0, max = 1 }`.
    fileprivate static var range: Form {
        let number = Form<Double>.number("a number") { $0.isFinite }
        let keys: [Key<NumberRangeDraft>] = [
            Key("at", \.at, .pointer), Key("min", \.least, number), Key("max", \.greatest, number),
        ]
        return Form<NumberRangeDraft>.table(NumberRangeDraft(), keys).then { draft throws(Refusal) in
            guard let at = draft.at else { throw Refusal("needs at, the place of the number") }
            if let least = draft.least, let greatest = draft.greatest, least > greatest {
                throw Refusal("needs min of at most max")
            }
            return NumberRange(at: at, least: draft.least, greatest: draft.greatest)
        }
    }
}

extension Form where Value == SchemaFile {
    /// The name of a file with a JSON Schema, which is read and compiled. A relative one begins where gate.toml is.
    fileprivate static var schemaFile: Form {
        Form { node, findings in
            let directory = FilePath(findings.file).removingLastComponent()
            return Form<String>.text.then { name throws(Refusal) in
                let path = directory.pushing(FilePath(name)).lexicallyNormalized()
                let bytes = try path.namedFile(limitBytes: JSONSchema.longestBytes)
                do throws(JSONSchemaError) {
                    return SchemaFile(path: path.string, schema: try JSONSchema(bytes.span, strictly: true))
                } catch {
                    throw Refusal("names \(name), which is no JSON Schema: \(TomlPath.printable(error.reason))")
                }
            }.read(node, &findings)
        }
    }
}

extension FilePath {
    /// The bytes of a file that gate.toml names.
    func namedFile(limitBytes: Int) throws(Refusal) -> [UInt8] {
        do throws(Errno) {
            guard let bytes = try ConfigurationFile.read(self, limitBytes: limitBytes) else {
                throw Errno.fileTooLarge
            }
            return bytes
        } catch {
            let limit = limitBytes >= 1 << 20 ? "\(limitBytes >> 20) MiB" : "\(limitBytes >> 10) KiB"
            throw Refusal("names a file that cannot be read as a regular file of up to \(limit): \(self): \(error)")
        }
    }
}

private struct NumberRangeDraft {
    var at: JSONPointer?
    var least: Double?
    var greatest: Double?
}
