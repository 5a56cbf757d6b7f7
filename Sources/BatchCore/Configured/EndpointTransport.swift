/// How an endpoint is reached beside its url, as models.toml states it. Paths are whole.
package struct EndpointTransport: Equatable, Sendable {
    package enum Proxy: Equatable, Sendable {
        /// None, whatever the environment names.
        case none
        /// What the environment names for the url (`https_proxy`, `no_proxy`, …), as curl reads it.
        case environment
        /// `http://host:port`.
        case server(String)
    }

    /// Where the private key of a client certificate is.
    package enum KeyFile: Equatable, Sendable {
        case file(String)
        /// A file of that name in `$CREDENTIALS_DIRECTORY`.
        case credential(String)
    }

    package var version = HTTPVersion.one
    package var proxy = Proxy.none
    /// `user:password` for the proxy.
    package var proxyCredentials: APIKeySource?
    /// Trusted certificates (PEM) instead of the system's; `ca_file`.
    package var caFile: String?
    /// PEM; `client_certificate`.
    package var clientCertificate: String?
    /// nil: it stands in the file of the certificate.
    package var clientKey: KeyFile?
    /// An answer of more bytes, decompressed, is given up; `answer_bytes_max`.
    package var answerBytesMax = 64 * 1024 * 1024

    package init() {}
}

package enum HTTPVersion: String, Sendable {
    case one = "1.1"
    /// Where the server takes it (ALPN), else 1.1.
    case two = "2"
}
