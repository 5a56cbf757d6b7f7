import BatchCore
import Daemon
import DurableFiles
import Pipeline
import SystemPackage

/// An endpoint as `doctor` shows it: where it is, what it takes in a minute, and how it is reached. Without a secret.
struct EndpointFacts {
    let endpoint: Endpoint

    var text: String {
        ([endpoint.url] + limits + connection + files + size + missing).joined(separator: ", ")
    }

    private var transport: EndpointTransport { endpoint.transport }

    private var limits: [String] {
        let parts = [
            endpoint.limits.requestsPerMinute.map { "\($0) requests" },
            endpoint.limits.tokensPerMinute.map { "\($0) tokens" },
        ].compactMap { $0 }
        return parts.isEmpty ? [] : ["at most \(parts.joined(separator: " and ")) a minute"]
    }

    private var connection: [String] {
        var parts: [String] = []
        if endpoint.interface == .anthropic { parts.append("Anthropic's interface") }
        if transport.version == .two { parts.append("HTTP/2 if it takes it") }
        switch transport.proxy {
        case .none: break
        case .environment: parts.append("through the proxy of the environment")
        case .server(let url):
            parts.append("through the proxy \(url)" + (transport.proxyCredentials == nil ? "" : " with a login"))
        }
        return parts
    }

    private var files: [String] {
        var parts: [String] = []
        if let file = transport.caFile { parts.append("trusts \(file) alone\(flaw(of: file))") }
        if let file = transport.clientCertificate { parts.append("shows \(file)\(flaw(of: file))") }
        switch transport.clientKey {
        case nil: break
        case .file(let file): parts.append("its key is \(file)\(flaw(of: file))")
        case .credential(let name): parts.append("its key is the credential \(name)")
        }
        return parts
    }

    private var size: [String] {
        let usual = EndpointTransport().answerBytesMax
        return transport.answerBytesMax == usual ? [] : ["answers of up to \(transport.answerBytesMax) bytes"]
    }

    /// What a request would have to wait for.
    private var missing: [String] {
        do {
            _ = try Keyring().key(of: endpoint)
            _ = try Keyring().transport(of: endpoint)
            return []
        } catch {
            return ["not to be used from here: \((error as? MissingAPIKey)?.reason ?? "\(error)")"]
        }
    }

    /// Of a file that has to be PEM.
    private func flaw(of file: String) -> String {
        do throws(FileError) {
            guard let bytes = try DurableFile.read(FilePath(file), limitBytes: 1 << 24) else {
                return " (there is no such file)"
            }
            return String(decoding: bytes, as: UTF8.self).contains("-----BEGIN ") ? "" : " (which is no PEM file)"
        } catch {
            return " (which cannot be read: \(error))"
        }
    }
}
