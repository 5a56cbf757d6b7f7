package import DurableFiles
package import SystemPackage

/// Hands a file in the way every producer should: under a temporary name, fsynced, then one rename to a name that
/// nobody has.
extension Spool {
    /// - Parameters:
    ///   - name: the name that it shall have; a number is put in where another file has it.
    ///   - inbox: of the lane.
    ///   - content: writes the bytes.
    /// - Returns: the name that it has in the inbox.
    /// - Throws: `FileError`; EEXIST after a thousand names that are taken.
    package func submit(
        named name: String, to inbox: FilePath, content: (inout FileWriter) throws(FileError) -> Void
    ) throws(FileError) -> String {
        let stem = name.hasSuffix(".jsonl") ? String(name.dropLast(".jsonl".count)) : name
        let isRetry = stem.hasSuffix(".retry")
        let base = isRetry ? String(stem.dropLast(".retry".count)) : stem
        let temporary = inbox.appending(".\(base).submitting")
        try DurableFile.publish(to: temporary, mode: 0o660, content: content)
        for number in 1...1000 {
            let numbered = number == 1 ? base : "\(base)-\(number)"
            let candidate = "\(numbered)\(isRetry ? ".retry" : "").jsonl"
            switch try DurableFile.rename(temporary, to: inbox.appending(candidate)) {
            case .moved:
                try DurableFile.syncDirectory(inbox)
                return candidate
            case .targetExists: continue
            case .sourceMissing: throw FileError(operation: "rename", path: temporary.string, code: 2)
            }
        }
        try DurableFile.remove(temporary)
        throw FileError(operation: "rename", path: inbox.appending(name).string, code: 17)
    }
}
