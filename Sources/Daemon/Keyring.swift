package import Backends
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
        try endpoint.apiKey.map { try text($0, what: "key") }
    }

    /// How the endpoint is reached, with what a proxy and a client certificate want.
    /// - Throws: `MissingAPIKey` if something that it names is not there.
    package func transport(of endpoint: Endpoint) throws -> Transport {
        let stated = endpoint.transport
        var transport = Transport(version: stated.version, caFile: stated.caFile)
        switch stated.proxy {
        case .none: break
        case .environment: transport.proxy = .environment
        case .server(let url):
            let login = try stated.proxyCredentials.map { ProxyLogin(try text($0, what: "proxy's login")) }
            transport.proxy = .server(url, login: login)
        }
        transport.clientCertificate = stated.clientCertificate
        switch stated.clientKey {
        case nil: break
        case .file(let path): transport.clientKey = path
        case .credential(let name): transport.clientKey = try path(of: name, what: "client key").string
        }
        return transport
    }

    /// The bytes that a webhook is signed with.
    /// - Throws: `MissingAPIKey` if the secret is not there, or is none.
    package func webhookSecret(_ source: APIKeySource) throws -> [UInt8] {
        guard let secret = WebhookSignature.secret(try text(source, what: "secret")) else {
            throw MissingAPIKey(reason: "its secret is empty, or is whsec_ and something that is no Base64")
        }
        return secret
    }

    private func text(_ source: APIKeySource, what: String) throws -> String {
        switch source {
        case .environment(let name):
            guard let key = variable(name), !key.isEmpty else {
                throw MissingAPIKey(reason: "its \(what) is in the environment variable \(name), which is not set")
            }
            return key
        case .credential(let name):
            // A mounted secret may be a link to its latest version.
            let path = try DurableFile.followingLink(path(of: name, what: what))
            guard let bytes = try DurableFile.read(path, limitBytes: 1 << 16) else {
                throw MissingAPIKey(reason: "there is no credential \(name): name it in LoadCredential= of the unit")
            }
            let text = String(decoding: bytes, as: UTF8.self)
            return String(text.prefix { !$0.isNewline })
        }
    }

    private func path(of credential: String, what: String) throws -> FilePath {
        guard let credentials else {
            throw MissingAPIKey(
                reason: "its \(what) is the credential \(credential), but $CREDENTIALS_DIRECTORY is not set")
        }
        return credentials.appending(credential)
    }
}
