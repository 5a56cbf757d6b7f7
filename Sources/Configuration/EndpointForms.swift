import BatchCore

extension Form where Value == String {
    /// `http(s)://host[:port][/prefix]`, without a slash at its end. The text is not repeated in a message: a URL
    /// may hold a password.
    static var endpointURL: Form {
        text.then { text throws(Refusal) in
            let wanted = "must be http(s)://host[:port][/prefix], without user, query or fragment"
            guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { throw Refusal(wanted) }
            var url = text[...]
            while url.utf8.count > scheme.utf8.count, url.last == "/" { url.removeLast() }
            let rest = url.dropFirst(scheme.count)
            let authority = rest.prefix { $0 != "/" }
            guard isAuthority(authority), rest.utf8.allSatisfy(isURLByte) else { throw Refusal(wanted) }
            guard !rest.hasSuffix("/v1") else {
                throw Refusal("must end before /v1: /v1/... is appended as the line's url says")
            }
            return String(url)
        }
    }

    /// `http(s)://host[:port][/path][?query]`. The text is not repeated in a message: its query may be a secret.
    static var webhookURL: Form {
        text.then { text throws(Refusal) in
            let wanted = "must be http(s)://host[:port][/path][?query], without user or fragment"
            guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { throw Refusal(wanted) }
            let rest = text.dropFirst(scheme.count)
            let authority = rest.prefix { $0 != "/" && $0 != "?" }
            let isClean = rest.utf8.allSatisfy { isURLByte($0) || $0 == UInt8(ascii: "?") }
            guard isAuthority(authority), isClean else { throw Refusal(wanted) }
            return text
        }
    }

    /// Is it `http://host:port` and nothing else?
    fileprivate static func isProxyURL(_ text: String) -> Bool {
        let authority = text.dropFirst("http://".count)
        return text.hasPrefix("http://") && isAuthority(authority) && authority.contains(":") && authority.last != "]"
    }

    /// A host name, an IPv4 address or an IPv6 address in brackets, then perhaps a port.
    private static func isAuthority(_ text: Substring) -> Bool {
        let host: Substring
        let port: Substring
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return false }
            host = text[...end]
            port = text[end...].dropFirst()
            let digits = host.dropFirst().dropLast()
            guard !digits.isEmpty,
                digits.utf8.allSatisfy({ isHexadecimal($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") })
            else { return false }
        } else {
            host = text.prefix { $0 != ":" }
            port = text[host.endIndex...]
            guard !host.isEmpty, host.utf8.allSatisfy(isHostByte) else { return false }
        }
        if port.isEmpty { return true }
        let number = port.dropFirst()
        guard port.first == ":", number.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else {
            return false
        }
        return Int(number).map { 1...65_535 ~= $0 } ?? false
    }
}

extension Form where Value == APIKeySource {
    /// `credential:NAME` or `env:NAME`. The text is not repeated in a message: it may be the key itself.
    static var apiKey: Form {
        Form<String>.anyText.then { text throws(Refusal) in
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts.count == 2 ? String(parts[1]) : ""
            switch parts[0] {
            case "credential" where isCredential(name): return .credential(name)
            case "env" where isVariable(name): return .environment(name)
            default: throw Refusal("must be \"credential:NAME\" or \"env:NAME\", never the key itself")
            }
        }
    }

    /// A file name in `$CREDENTIALS_DIRECTORY`; it must not lead out of there.
    fileprivate static func isCredential(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
            && name.utf8.allSatisfy { isHostByte($0) || $0 == UInt8(ascii: "@") }
    }

    private static func isVariable(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= first) else { return false }
        return name.utf8.allSatisfy { isHostByte($0) && $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ".") }
    }
}

extension Form where Value == EndpointTransport.Proxy {
    /// The text is not repeated in a message: it may hold a password.
    static var proxy: Form {
        Form<String>.text.then { text throws(Refusal) in
            if text == "environment" { return .environment }
            guard Form<String>.isProxyURL(text) else {
                throw Refusal(
                    "must be \"environment\" or http://host:port; what it wants of a user is for proxy_credentials")
            }
            return .server(text)
        }
    }
}

extension Form where Value == EndpointTransport.KeyFile {
    static var keyFile: Form {
        Form<String>.text.then { text throws(Refusal) in
            let credential = "credential:"
            guard text.hasPrefix(credential) else { return .file(text) }
            let name = String(text.dropFirst(credential.count))
            guard Form<APIKeySource>.isCredential(name) else { throw Refusal("must be a path or \"credential:NAME\"") }
            return .credential(name)
        }
    }
}

/// Letters, digits, `-`, `_` and `.`.
private func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
    default: false
    }
}

private func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: false
    }
}

/// Printable ASCII without `?` and `#`, which would turn what is appended into a query or a fragment.
private func isURLByte(_ byte: UInt8) -> Bool {
    0x21...0x7e ~= byte && byte != UInt8(ascii: "?") && byte != UInt8(ascii: "#")
}
