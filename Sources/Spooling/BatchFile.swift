package import BatchCore
package import DurableFiles
import SystemPackage

/// `shards/NNNN.batch.json`, beside the outcomes of a shard: its batch that is with a provider; and
/// `shards/NNNN.batch.keys`: the keys of its requests, 32 bytes each, which nobody else is to pay for meanwhile.
extension JobDirectory {
    private static let suffix = ".batch.json"

    private func batchFile(_ number: Int) -> FilePath { shardFile(number, Self.suffix) }
    private func batchKeyFile(_ number: Int) -> FilePath { shardFile(number, ".batch.keys") }

    /// - Returns: nil if the shard has none.
    /// - Throws: `JobDamage` if what stands there is no batch: one may be out, and nobody could find it again.
    package func batch(of number: Int) throws -> ProviderBatchRecord? {
        let path = batchFile(number)
        guard let bytes = try DurableFile.read(path, limitBytes: 1 << 30) else { return nil }
        guard let batch = ProviderBatchRecord(record: bytes) else {
            throw JobDamage(file: path, reason: "it is no batch")
        }
        return batch
    }

    package func write(_ batch: ProviderBatchRecord, of number: Int) throws(FileError) {
        try DurableFile.publish(batch.record, to: batchFile(number))
    }

    /// Its reservation is closed. Gone with the machine's power, it comes back, and is removed again.
    package func removeBatch(of number: Int) throws(FileError) {
        try DurableFile.remove(batchKeyFile(number))
        try DurableFile.remove(batchFile(number))
    }

    /// Before the batch itself is on disk.
    package func write(batchKeys keys: Set<RequestKey>, of number: Int) throws(FileError) {
        try DurableFile.publish(keys.flatMap(\.digest.bytes), to: batchKeyFile(number))
    }

    /// - Returns: none where there is no file: the batch is of a version that wrote none, or is over.
    package func batchKeys(of number: Int) throws(FileError) -> Set<RequestKey> {
        let bytes = try DurableFile.read(batchKeyFile(number), limitBytes: 1 << 30) ?? []
        let size = SHA256Digest.byteCount
        return Set(
            stride(from: 0, through: bytes.count - size, by: size).map { start in
                RequestKey(SHA256Digest(bytes: Array(bytes[start..<start + size]).span))
            })
    }

    /// The batches of all shards, by shard; a damaged one is left out.
    package func batches() throws -> [(shard: Int, batch: ProviderBatchRecord)] {
        guard try FileFacts(at: shards) != nil else { return [] }
        return try DurableFile.list(shards).compactMap { name in
            let name = String(decoding: name, as: UTF8.self)
            guard name.hasSuffix(Self.suffix), let number = Int(name.dropLast(Self.suffix.utf8.count)) else {
                return nil
            }
            do { return try batch(of: number).map { (number, $0) } } catch is JobDamage { return nil }
        }.sorted { $0.shard < $1.shard }
    }

    /// Is something out for it, or may be?
    package var hasBatch: Bool {
        do { return try !batches().isEmpty } catch { return true }
    }
}
