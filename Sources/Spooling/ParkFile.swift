package import BatchCore
import DurableFiles

/// `parked.json` of a job: what it has waited for so far.
extension JobDirectory {
    /// - Throws: `JobDamage` if what stands there is not what `note` wrote.
    package func parks() throws -> [ParkNote] {
        guard let bytes = try DurableFile.read(parkFile) else { return [] }
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch {
            throw JobDamage(file: parkFile, reason: "it is no JSON: \(error)")
        }
        return try (value.array ?? []).map { entry in
            guard let note = ParkNote(entry) else { throw JobDamage(file: parkFile, reason: "a note is not complete") }
            return note
        }
    }

    /// Notes what the job waits for, unless it is noted already. It outlives a restart.
    package func note(_ park: ParkNote) throws {
        let parks = try parks()
        guard !parks.contains(where: park.isSame) else { return }
        var writer = JSONWriter()
        writer.array { writer in for note in parks + [park] { writer.object(note.write) } }
        try DurableFile.publish(writer.bytes + [UInt8(ascii: "\n")], to: parkFile)
    }
}
