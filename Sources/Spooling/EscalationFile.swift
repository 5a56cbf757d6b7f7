package import BatchCore
package import DurableFiles
import SystemPackage

/// `shards/NNNN.escalation.json`, beside the outcomes of what is escalated: what was decided.
extension JobDirectory {
    private func escalationFile(_ number: Int) -> FilePath { shardFile(number, ".escalation.json") }

    /// - Parameter number: of the shard under which it is booked.
    /// - Returns: nil if nothing was decided.
    /// - Throws: `JobDamage` if what stands there is no escalation: requests may have been sent by it.
    package func escalation(_ number: Int) throws -> Escalation? {
        let path = escalationFile(number)
        guard let bytes = try DurableFile.read(path, limitBytes: 1 << 30) else { return nil }
        guard let escalation = Escalation(record: bytes) else {
            throw JobDamage(file: path, reason: "it is no escalation")
        }
        return escalation
    }

    /// Durable when it returns.
    package func write(_ escalation: Escalation, _ number: Int) throws(FileError) {
        try DurableFile.publish(escalation.record, to: escalationFile(number))
    }
}
