import SystemPackage

@testable import Configuration

/// Each of the four files beside the three as they are in the samples, and a price file.
enum ForeignConfiguration {
    static let readers: [FuzzReaders.Reader] =
        [document] + ConfigurationFile.all.map { name in { @Sendable in configuration($0, in: name) } } + [prices]

    private static let place = Scratch("configuration")

    private static func document(_ bytes: [UInt8]) {
        do throws(TomlDocument.SyntaxError) { _ = try TomlDocument.parse(bytes) } catch {
            precondition(!error.message.isEmpty, "refused without a reason")
        }
    }

    private static func configuration(_ bytes: [UInt8], in name: String) {
        place.write(bytes, to: name)
        defer { place.remove(name) }
        do throws(ConfigurationError) { _ = try Configuration.load(from: place.path) } catch {
            precondition(!error.problems.isEmpty, "refused without a reason")
        }
    }

    private static func prices(_ bytes: [UInt8]) {
        place.write(bytes, to: "prices.json")
        place.write(Array(pricedModels.utf8), to: "models.toml")
        defer {
            place.remove("models.toml")
            place.remove("prices.json")
        }
        do throws(ConfigurationError) { _ = try Configuration.load(from: place.path) } catch { return }
    }

    private static let pricedModels = """
        prices = "prices.json"
        [endpoints.e]
        url = "http://127.0.0.1:1/v1"
        [models.m]
        endpoint = "e"
        max_output_tokens = 64
        """
}
