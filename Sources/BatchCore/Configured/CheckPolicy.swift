/// `[checks]` of gate.toml: what a good answer has. Lengths are in characters (Unicode scalars), shares are between 0
/// and 1.
package struct CheckPolicy: Equatable, Sendable {
    /// An answer in which the model or the server refuses to answer is a defect.
    package var refusal = true
    /// How a refusal that no member tells begins, without regard to case: "I can't help with".
    package var refusalPhrases: [String] = []
    /// Accepted finish reasons. `tool_calls` stands beside `stop`: a model that called a tool has finished.
    package var finishReasons: [String] = ["stop", "tool_calls"]
    package var nonEmpty = true
    /// The text must be one JSON text.
    package var json = false
    /// The text must be JSON that fits the schema.
    package var jsonSchema: SchemaFile?
    /// Regular expressions (`Pattern`), each of which must be found in the text.
    package var mustMatch: [String] = []
    /// Regular expressions, none of which may be found in the text.
    package var mustNotMatch: [String] = []
    package var minLength: Int?
    package var maxLength: Int?
    /// What the text, or the string at `labelsAt`, must be one of; empty: anything.
    package var labels: [String] = []
    /// Where in the JSON of the text the label stands; nil: the text is the label, white space around it left out.
    package var labelsAt: JSONPointer?
    package var ranges: [NumberRange] = []
    /// Unicode scripts by their names; empty: any.
    package var scripts: [String] = []
    /// The least share of the letters that are of `scripts`.
    package var scriptShare = 0.9
    /// How often the same passage may stand in a row; nil: as often as it likes.
    package var maxRepeats: Int?
    /// The share of the text from which on passages of the prompt are an echo; nil: none is.
    package var echo: Double?
    /// What the request's own response format asks for must be there.
    package var responseFormat = true
    /// The arguments of a called tool must fit the parameters that the request gives it.
    package var toolArguments = true
    /// Vectors must have one dimension and be finite and not zero.
    package var embeddings = true
    package var embeddingDimension: Int?
    /// The least and the greatest Euclidean norm.
    package var embeddingNorm: ClosedRange<Double>?

    package init() {}
}

/// A schema and the file that holds it, as gate.toml names it.
package struct SchemaFile: Equatable, Sendable {
    package let path: String
    package let schema: JSONSchema

    package init(path: String, schema: JSONSchema) {
        self.path = path
        self.schema = schema
    }
}

/// The number that must stand at a place of the JSON of a text.
package struct NumberRange: Equatable, Sendable {
    package var at: JSONPointer
    /// nil: no bound on that side.
    package var least: Double?
    package var greatest: Double?

    package init(at: JSONPointer, least: Double? = nil, greatest: Double? = nil) {
        self.at = at
        self.least = least
        self.greatest = greatest
    }
}
