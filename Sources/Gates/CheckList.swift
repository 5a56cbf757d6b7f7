import BatchCore

extension CheckPolicy {
    /// The checks in the order in which they are made: of several defects the first is told.
    func list(_ schemas: SchemaCache) throws(GateError) -> [any AnswerCheck] {
        var checks: [any AnswerCheck] = []
        if refusal { checks.append(RefusalCheck(phrases: refusalPhrases)) }
        checks.append(FinishReasonCheck(accepted: finishReasons))
        if nonEmpty { checks.append(NonEmptyCheck()) }
        if embeddings { checks.append(EmbeddingCheck(dimension: embeddingDimension, norm: embeddingNorm)) }
        if json { checks.append(JSONCheck()) }
        if let jsonSchema { checks.append(JSONSchemaCheck(schema: jsonSchema.schema)) }
        if responseFormat { checks.append(ResponseFormatCheck(schemas: schemas)) }
        if toolArguments { checks.append(ToolArgumentsCheck(schemas: schemas)) }
        if !mustMatch.isEmpty { checks.append(try MustMatchCheck(mustMatch)) }
        if !mustNotMatch.isEmpty { checks.append(try MustNotMatchCheck(mustNotMatch)) }
        if let minLength { checks.append(MinLengthCheck(scalars: minLength)) }
        if let maxLength { checks.append(MaxLengthCheck(scalars: maxLength)) }
        if !labels.isEmpty { checks.append(LabelCheck(labels: Set(labels), place: labelsAt)) }
        if !ranges.isEmpty { checks.append(RangeCheck(ranges: ranges)) }
        if !scripts.isEmpty { checks.append(try ScriptCheck(scripts: scripts, share: scriptShare)) }
        if let maxRepeats { checks.append(RepetitionCheck(limit: maxRepeats)) }
        if let echo { checks.append(EchoCheck(share: echo)) }
        return checks
    }
}
