package import BatchCore

/// Why a line stands in reprocess.jsonl.
package enum ReprocessCause: Equatable, Sendable {
    /// - Parameter wasCut: a choice of the answer ended at its limit.
    case defective(Defect, wasCut: Bool)
    case failed(Failure)
    case refused(LineRefusal)
    /// Its answer is good, and stands among others that are not.
    case goodInRejected(reason: String)

    /// What the endpoint said, or what was seen of it.
    package struct Failure: Equatable, Sendable {
        package var code: String
        package var message: String
        /// nil: no answer was seen.
        package var status: Int?
        /// The member of the body that the endpoint names.
        package var field: String?

        package init(code: String, message: String, status: Int? = nil, field: String? = nil) {
            self.code = code
            self.message = message
            self.status = status
            self.field = field
        }
    }

    /// One word for programs: the code of the refusal or of the error, `defective_answer`, `shard_rejected`.
    package var code: String {
        switch self {
        case .defective: "defective_answer"
        case .failed(let failure): failure.code
        case .refused(let refusal): refusal.code.rawValue
        case .goodInRejected: "shard_rejected"
        }
    }

    /// In words, without the text of the answer.
    package var reason: String {
        switch self {
        case .defective(let defect, _): defect.description
        case .failed(let failure): failure.message
        case .refused(let refusal): refusal.reason
        case .goodInRejected(let reason): reason
        }
    }
}
