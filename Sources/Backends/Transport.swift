package import BatchCore

/// How an exchange gets to its server. Exchanges of one transport share connections.
package struct Transport: Equatable, Sendable {
    package enum Proxy: Equatable, Sendable {
        /// None, whatever the environment names.
        case none
        /// What the environment names, as curl reads it.
        case environment
        /// `http://host:port`.
        case server(String, login: ProxyLogin?)
    }

    package var version = HTTPVersion.one
    package var proxy = Proxy.none
    /// Paths of PEM files, read for each new connection. Trusted certificates instead of the system's.
    package var caFile: String?
    package var clientCertificate: String?
    /// nil: the key stands in the file of the certificate.
    package var clientKey: String?

    package init(version: HTTPVersion = .one, proxy: Proxy = .none, caFile: String? = nil) {
        self.version = version
        self.proxy = proxy
        self.caFile = caFile
    }
}

/// Who we are to a proxy. Its description, also when dumped, has nothing in it.
package struct ProxyLogin: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    /// Basic (RFC 7617), made here: libcurl takes user and password percent-encoded, in some versions.
    let header: String

    /// - Parameter text: `user:password`.
    package init(_ text: String) {
        header = "Proxy-Authorization: Basic \(Base64.encode(Array(text.utf8)))"
    }

    package var description: String { "a login" }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
