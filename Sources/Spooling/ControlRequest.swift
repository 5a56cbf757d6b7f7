package import BatchCore
package import DurableFiles
package import SystemPackage

/// What an operator asks of the process that holds the spool: one small file in control/, done and removed. Who may
/// write there may ask: the daemon's own user and root.
package enum ControlRequest: Equatable, Sendable {
    /// Sets today's cap in USD; not an increment.
    case raise(Money)
    /// Takes the budget file of a day as it is by now.
    case adopt(CivilDate)

    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            switch self {
            case .raise(let cap):
                writer.member("command", "raise")
                writer.member("cap_usd", cap.decimal)
            case .adopt(let day):
                writer.member("command", "adopt")
                writer.member("day", day.description)
            }
        }
        return writer.bytes
    }

    init?(_ bytes: [UInt8]) {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { return nil }
        switch value["command"]?.string {
        case "raise":
            guard let cap = value["cap_usd"]?.string.flatMap({ Money(decimal: $0) }) else { return nil }
            self = .raise(cap)
        case "adopt":
            guard let day = value["day"]?.string.flatMap({ CivilDate($0) }) else { return nil }
            self = .adopt(day)
        default: return nil
        }
    }
}

/// A request as it lies in control/, with the user who put it there.
package struct PendingControl: Sendable {
    package let path: FilePath
    package let uid: UInt32
    /// nil: the file is none of ours to understand.
    package let request: ControlRequest?
}

extension Spool {
    /// Hands a request to the daemon.
    /// - Parameter name: new and random.
    /// - Returns: where it lies until it is done.
    package func ask(_ request: ControlRequest, name: String) throws(FileError) -> FilePath {
        let path = control.appending("\(name).json")
        try DurableFile.publish(request.bytes, to: path, replacing: false, mode: 0o600)
        return path
    }

    /// The requests that wait, by name.
    package func controlRequests() throws(FileError) -> [PendingControl] {
        var requests: [PendingControl] = []
        for name in try DurableFile.list(control).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let path = control.appending(nameBytes: name)
            guard name.first != UInt8(ascii: "."), name.suffix(5).elementsEqual(".json".utf8),
                let facts = try FileFacts(at: path), facts.kind == .regular, let bytes = try DurableFile.read(path)
            else { continue }
            requests.append(PendingControl(path: path, uid: facts.uid, request: ControlRequest(bytes)))
        }
        return requests
    }
}
