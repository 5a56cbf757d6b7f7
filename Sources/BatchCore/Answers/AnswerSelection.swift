/// Which accepted answers are to be forgotten.
package enum AnswerSelection: Equatable, Sendable {
    case keys(Set<RequestKey>)
    /// Those that a job paid for. What it reused belongs to the job that paid.
    case job(String)
    /// Those that were paid for in jobs of this user.
    case uid(UInt32)

    /// `{"keys":[64 hex, …]}`, `{"job":…}` or `{"uid":…}`.
    package func write(to writer: inout JSONWriter) {
        switch self {
        case .keys(let keys):
            writer.array("keys") { writer in
                for key in keys.sorted(by: { $0.digest < $1.digest }) { writer.element(key.hex) }
            }
        case .job(let job): writer.member("job", job)
        case .uid(let uid): writer.member("uid", Int(uid))
        }
    }

    /// - Returns: nil for what `write` does not write.
    package init?(_ value: JSONValue) {
        if let hexes = value["keys"]?.array {
            var keys: Set<RequestKey> = []
            for hex in hexes {
                guard let key = hex.string.flatMap({ RequestKey(hex: $0) }) else { return nil }
                keys.insert(key)
            }
            self = .keys(keys)
        } else if let job = value["job"]?.string {
            self = .job(job)
        } else if let uid = value["uid"]?.int.flatMap({ UInt32(exactly: $0) }) {
            self = .uid(uid)
        } else {
            return nil
        }
    }
}
