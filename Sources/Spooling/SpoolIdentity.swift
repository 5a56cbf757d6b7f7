import BatchCore
package import DurableFiles
package import SystemPackage

/// Which spool it is, wherever it stands: what is on record elsewhere (`Witness`) goes by it.
extension Spool {
    package var identity: FilePath { root.appending("spool.json") }

    /// Lies in every backup: the budget in it is newer than its jobs, so that an open reservation is charged whole.
    package var restored: FilePath { root.appending("restored") }

    package var isRestored: Bool {
        get throws(FileError) { try FileFacts(at: restored) != nil }
    }

    /// The id, which is made where there is none. The caller holds the lock.
    /// - Throws: `SpoolDamage` where the file is none of ours: a new id would be a new spool, with nothing spent.
    package func id() throws -> String {
        if let bytes = try DurableFile.read(identity) {
            guard let id = Self.id(in: bytes) else { throw SpoolDamage(file: identity) }
            return id
        }
        let id = String(UInt64.random(in: .min ... .max), radix: 36)
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("v", 1)
            writer.member("id", id)
        }
        try DurableFile.publish(writer.bytes, to: identity, replacing: false)
        return id
    }

    private static func id(in bytes: [UInt8]) -> String? {
        do {
            let id = try JSONValue(parsing: bytes)["id"]?.string
            // It becomes a name in another directory.
            return id.flatMap {
                1...32 ~= $0.utf8.count && $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) } ? $0 : nil
            }
        } catch { return nil }
    }

    /// What a start had to know of the backup is on record by now.
    package func endRestoring() throws(FileError) {
        try DurableFile.remove(restored)
        try DurableFile.syncDirectory(root)
    }
}

package struct SpoolDamage: Error, CustomStringConvertible {
    let file: FilePath
    package var description: String {
        "\(file.printable): it does not say which spool this is, as it was written: put it back from a backup"
    }
}
