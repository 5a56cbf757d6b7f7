import BatchCore
import CCurl

extension CurlOptions {
    /// libcurl takes part of its defaults from the environment and from its own build: what a transport does not state
    /// is set all the same.
    mutating func set(_ transport: Transport, _ settings: CurlSettings) {
        setVersion(transport.version)
        setProxy(transport.proxy)
        if let file = transport.caFile {
            set(CURLOPT_CAINFO, file)
            // The system's directory of certificates would be trusted beside it.
            clear(CURLOPT_CAPATH)
        } else if let file = settings.certificateFile {
            set(CURLOPT_CAINFO, file)
        }
        if let file = transport.clientCertificate {
            set(CURLOPT_SSLCERT, file)
            if let key = transport.clientKey { set(CURLOPT_SSLKEY, key) }
        }
    }

    private mutating func setVersion(_ version: HTTPVersion) {
        switch version {
        case .one:
            set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        case .two:
            set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
            // Else each of the first requests, which come at once, would open a connection of its own.
            set(CURLOPT_PIPEWAIT, 1)
        }
    }

    private mutating func setProxy(_ proxy: Transport.Proxy) {
        switch proxy {
        case .environment: break
        case .none: set(CURLOPT_PROXY, "")
        case .server(let url, _):
            set(CURLOPT_PROXY, url)
            set(CURLOPT_NOPROXY, "")  // else `no_proxy` of the environment would still go around it
        }
    }
}
