import BatchCore
import SystemPackage

/// What an endpoint states of its transport.
struct TransportDraft {
    var version: Stated<HTTPVersion>?
    var proxy: Stated<EndpointTransport.Proxy>?
    var proxyCredentials: Stated<APIKeySource>?
    var caFile: Stated<String>?
    var clientCertificate: Stated<String>?
    var clientKey: Stated<EndpointTransport.KeyFile>?
    var answerBytesMax = EndpointTransport().answerBytesMax

    static func keys<Draft>(at place: WritableKeyPath<Draft, TransportDraft>) -> [Key<Draft>] {
        [
            Key("http", place.appending(path: \.version), Form.word(["1.1": .one, "2": .two]).stated),
            Key("proxy", place.appending(path: \.proxy), Form.proxy.stated),
            Key("proxy_credentials", place.appending(path: \.proxyCredentials), Form.apiKey.stated),
            Key("ca_file", place.appending(path: \.caFile), Form.text.stated),
            Key("client_certificate", place.appending(path: \.clientCertificate), Form.text.stated),
            Key("client_key", place.appending(path: \.clientKey), Form.keyFile.stated),
            // A kilobyte holds no answer with a usage; above a gigabyte memory is the limit.
            Key("answer_bytes_max", place.appending(path: \.answerBytesMax), .integer(1024...1 << 30)),
        ]
    }

    /// - Parameter directory: where models.toml is, and where a relative path begins. Whether the files can be read is
    ///   not looked at: who may ask for the status of the spool need not be allowed to read a private key.
    func transport(to url: String, from directory: FilePath, _ findings: inout Findings) -> EndpointTransport {
        refuse(to: url, &findings)
        var transport = EndpointTransport()
        transport.version = version?.value ?? transport.version
        transport.proxy = proxy?.value ?? .none
        transport.proxyCredentials = proxyCredentials?.value
        transport.caFile = caFile?.value.map { directory.beside($0) }
        transport.clientCertificate = clientCertificate?.value.map { directory.beside($0) }
        transport.clientKey = clientKey?.value.map { key in
            if case .file(let name) = key { .file(directory.beside(name)) } else { key }
        }
        transport.answerBytesMax = answerBytesMax
        return transport
    }

    /// What would be without effect: whoever states it believes that it has one.
    private func refuse(to url: String, _ findings: inout Findings) {
        func refuse<Value>(_ stated: Stated<Value>?, _ predicate: String) {
            if let stated { findings.add("\(stated.subject) \(predicate)", line: stated.line) }
        }
        if !url.hasPrefix("https://") {
            let reason = "needs a url that begins with https://"
            if version?.value == .two { refuse(version, reason) }
            refuse(caFile, reason)
            refuse(clientCertificate, reason)
        }
        if clientCertificate == nil { refuse(clientKey, "needs a client_certificate") }
        if case .server = proxy?.value { return }
        if let proxy, proxy.value == nil { return }
        refuse(proxyCredentials, "needs a proxy = \"http://host:port\"")
    }
}

extension FilePath {
    fileprivate func beside(_ name: String) -> String { pushing(FilePath(name)).lexicallyNormalized().string }
}
