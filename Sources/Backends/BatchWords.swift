import BatchCore

/// What a provider says in words goes to logs, reports and terminals: no longer than a person reads, on one line, and
/// without the key, which some repeat to who sent it.
extension BatchExchange {
    private static let wordsMax = 300
    /// More than a key is long: one that the cut would leave the beginning of is found before.
    private static let readMax = 8192

    func quoted(_ text: String) -> String {
        var words = String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.readMax)))
        for secret in template.secrets { words = words.replacing(secret, with: BackendRequest.inPlaceOfKey) }
        let scalars = words.unicodeScalars.prefix(Self.wordsMax).map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: " "
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    func quoted(_ state: ProviderBatchState) -> ProviderBatchState {
        var state = state
        state.word = quoted(state.word)
        state.faults = state.faults.map { fault in
            ProviderBatchState.Fault(code: quoted(fault.code), message: quoted(fault.message), line: fault.line)
        }
        return state
    }

    /// An answer, also an error that was answered, stays as it is: it is the line's own.
    func quoted(_ result: ProviderBatchResult) -> ProviderBatchResult {
        var result = result
        switch result.content {
        case .response: break
        case .notRun(let code, let message): result.content = .notRun(code: quoted(code), message: quoted(message))
        case .lost(let code, let message): result.content = .lost(code: quoted(code), message: quoted(message))
        case .failed(let code, let message): result.content = .failed(code: quoted(code), message: quoted(message))
        }
        return result
    }
}
