package import Configuration
package import Pipeline
import Synchronization
package import SystemPackage

/// The configuration in force. A new one replaces it whole, or not at all.
package final class ConfigurationHolder: Sendable {
    private struct State {
        var configuration: Configuration
        var policies: Policies
        var stamp: ConfigurationStamp
    }

    private let directory: FilePath
    private let state: Mutex<State>

    /// - Throws: `ConfigurationError` with every problem.
    package init(_ directory: FilePath) throws {
        self.directory = directory
        state = Mutex(try Self.load(directory))
    }

    package var configuration: Configuration { state.withLock { $0.configuration } }
    package var policies: Policies { state.withLock { $0.policies } }

    /// Did a file change since it was last looked at?
    package var isChanged: Bool {
        let stamp = ConfigurationStamp(of: directory, namedFiles: configuration.namedFiles)
        return state.withLock { stamp.isChanged(since: $0.stamp) }
    }

    /// Reads the files again. What cannot be used leaves the old configuration in force, and is said once.
    package func reload() throws -> Policies {
        let stamp = ConfigurationStamp(of: directory, namedFiles: configuration.namedFiles)
        do {
            let new = try Self.load(directory)
            state.withLock { $0 = new }
            return new.policies
        } catch {
            state.withLock { $0.stamp = stamp }
            throw error
        }
    }

    private static func load(_ directory: FilePath) throws -> State {
        var stamp = ConfigurationStamp(of: directory)
        var configuration = try Configuration.load(from: directory)
        if !configuration.namedFiles.isEmpty {
            // Which files these are is known by the load alone; and a stamp is older than what was read.
            stamp = ConfigurationStamp(of: directory, namedFiles: configuration.namedFiles)
            configuration = try Configuration.load(from: directory)
        }
        return State(configuration: configuration, policies: try House.policies(configuration), stamp: stamp)
    }
}
