import BatchCore
import SystemPackage

/// A price file in the shape of litellm's `model_prices_and_context_window.json`: an object of models by name, each an
/// object of costs in dollars for one token, and of limits. It is somebody else's: what cannot be used of it leaves a
/// model without a price, and says why; it does not make the configuration wrong.
struct PriceFile {
    /// The list has a few megabytes; a larger file is something else.
    static let limitBytes = 64 << 20

    let name: String
    private let bytes: [UInt8]
    private let tape: JSONTape

    /// - Throws: why it is no price file, said after the key that names it.
    init(_ path: FilePath, name: String) throws(Refusal) {
        let bytes: [UInt8]
        do throws(Errno) {
            guard let read = try ConfigurationFile.read(path, limitBytes: Self.limitBytes) else {
                throw Errno.fileTooLarge
            }
            bytes = read
        } catch {
            throw Refusal("names a file that cannot be read as a regular file of up to 64 MiB: \(path): \(error)")
        }
        var tape = JSONTape()
        do throws(JSONError) { try tape.scan(bytes.span) } catch {
            throw Refusal("names a file that is no JSON: \(path): \(error.reason) at byte \(error.offset + 1)")
        }
        guard tape.kind(JSONTape.root) == .object else {
            throw Refusal("names a file that is no object of models by their names: \(path)")
        }
        self.name = name
        self.bytes = bytes
        self.tape = tape
    }

    /// nil: the file does not have the model.
    func entry(_ model: String) -> PriceFileEntry? {
        tape.member(named: model, of: JSONTape.root, in: bytes.span).map {
            PriceFileEntry(members: JSONValue($0, of: tape, in: bytes.span))
        }
    }
}

/// Why there is no price: said after "the price … is not known".
struct NoPrice: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
