import BatchCore
import Configuration
import SystemPackage
import Testing

@Suite("How an endpoint is reached is what models.toml states, and nothing of the environment")
struct TransportTests {
    private func models(_ lines: String, url: String = "https://host") -> [String: String] {
        ["models.toml": "[endpoints.e]\nurl = \"\(url)\"\n\(lines)\n[models.m]\nendpoint = \"e\""]
    }

    @Test("every key; relative paths begin beside the file")
    func everyKey() throws {
        let directory = try ScratchDirectory(
            models(
                """
                http = "2"
                proxy = "http://proxy.example:3128"
                proxy_credentials = "credential:proxy"
                ca_file = "ca.pem"
                client_certificate = "/etc/tls/client.pem"
                client_key = "credential:client-key"
                answer_bytes_max = 1_048_576
                """))
        var expected = EndpointTransport()
        expected.version = .two
        expected.proxy = .server("http://proxy.example:3128")
        expected.proxyCredentials = .credential("proxy")
        expected.caFile = directory.path.appending("ca.pem").string
        expected.clientCertificate = "/etc/tls/client.pem"
        expected.clientKey = .credential("client-key")
        expected.answerBytesMax = 1 << 20
        #expect(try Configuration.load(from: directory.path).models.endpoints["e"]?.transport == expected)
    }

    @Test("stated nothing: HTTP/1.1, no proxy, the system's certificates, 64 MiB")
    func nothing() throws {
        let transport = try load(models("")).models.endpoints["e"]?.transport
        #expect(transport == EndpointTransport())
        #expect(transport?.version == .one && transport?.proxy == EndpointTransport.Proxy.none)
        #expect(transport?.answerBytesMax == 64 << 20)
    }

    @Test("the proxy of the environment, and a key file beside models.toml")
    func otherForms() throws {
        let directory = try ScratchDirectory(
            models("proxy = \"environment\"\nclient_certificate = \"c.pem\"\nclient_key = \"keys/c.key\""))
        let transport = try Configuration.load(from: directory.path).models.endpoints["e"]?.transport
        #expect(transport?.proxy == .environment)
        #expect(transport?.clientKey == .file(directory.path.appending("keys/c.key").string))
    }

    @Test(
        "a proxy that is none, or holds more than a host and a port; it is not repeated",
        arguments: [
            "proxy:3128", "http://proxy", "https://proxy:3128", "http://user:secret@proxy:3128", "http://proxy:3128/",
            "socks5://proxy:1080", "http://[::1]", "none",
        ])
    func proxies(url: String) throws {
        let wanted = "must be \"environment\" or http://host:port; what it wants of a user is for proxy_credentials"
        #expect(try problems(models("proxy = \"\(url)\"")) == ["models.toml:3: `proxy` in [endpoints.e] \(wanted)"])
    }

    @Test(
        "what would have no effect",
        arguments: [
            ("http://h", "http = \"2\"", "`http` in [endpoints.e] needs a url that begins with https://"),
            ("http://h", "ca_file = \"a\"", "`ca_file` in [endpoints.e] needs a url that begins with https://"),
            (
                "http://h", "client_certificate = \"a\"",
                "`client_certificate` in [endpoints.e] needs a url that begins with https://"
            ),
            ("https://h", "client_key = \"a\"", "`client_key` in [endpoints.e] needs a client_certificate"),
            (
                "https://h", "proxy_credentials = \"env:A\"",
                "`proxy_credentials` in [endpoints.e] needs a proxy = \"http://host:port\""
            ),
            ("https://h", "http = \"3\"", "`http` in [endpoints.e] must be \"1.1\" or \"2\", not \"3\""),
        ])
    func withoutEffect(url: String, line: String, message: String) throws {
        #expect(try problems(models(line, url: url)) == ["models.toml:3: \(message)"])
    }

    @Test("the variables that hold keys: of endpoints, of proxies, of a webhook")
    func secretVariables() throws {
        var files = models(
            "api_key = \"env:KEY\"\nproxy = \"http://p:1\"\nproxy_credentials = \"env:PROXY\"")
        files["bobbin.toml"] = "[notify]\nwebhook = \"https://h/\"\nwebhook_secret = \"env:HOOK\""
        #expect(Set(try load(files).secretVariables) == ["KEY", "PROXY", "HOOK"])
    }
}
