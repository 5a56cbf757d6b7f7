package import BatchCore
import DurableFiles
import Pipeline
import SystemPackage

/// Finds the keys of endpoints where the configuration says they are. They are read anew for every request, so that a
/// rotated credential needs no restart, and they stand in no log, report or error.
package struct Keyring: Sendable {
    private let credentials: FilePath?
    private let variable: @Sendable (String) -> String?

    /// - Parameter variable: looks up an environment variable.
    package init(variable: @escaping @Sendable (String) -> String? = environmentVariable) {
        self.variable = variable
        credentials = variable("CREDENTIALS_DIRECTORY").map { FilePath($0) }
    }

    /// - Returns: nil if the endpoint needs no key.
    /// - Throws: `MissingAPIKey` if it names one that is not there.
    package func key(of endpoint: Endpoint) throws -> String? {
        switch endpoint.apiKey {
        case nil: return nil
        case .environment(let name):
            guard let key = variable(name), !key.isEmpty else {
                throw MissingAPIKey(reason: "its key is in the environment variable \(name), which is not set")
            }
            return key
        case .credential(let name):
            guard let credentials else {
                throw MissingAPIKey(reason: "its key is the credential \(name), but $CREDENTIALS_DIRECTORY is not set")
            }
            guard let bytes = try DurableFile.read(credentials.appending(name), limitBytes: 1 << 16) else {
                throw MissingAPIKey(reason: "there is no credential \(name): name it in LoadCredential= of the unit")
            }
            let text = String(decoding: bytes, as: UTF8.self)
            return String(text.prefix { !$0.isNewline })
        }
    }
}
