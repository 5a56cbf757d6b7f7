import SystemPackage

extension Form where Value == String {
    /// The name of a time zone that this machine knows, so that the first midnight does not find out.
    /// - Parameter database: the zone files of tzdata (tzfile(5)).
    static func timeZone(in database: FilePath = "/usr/share/zoneinfo") -> Form {
        text.then { name throws(Refusal) in
            guard name == "UTC" || isZone(name, in: database) else {
                throw Refusal(
                    "must be an IANA time zone such as \"Europe/Berlin\"; "
                        + "\"\(name)\" is not in \(database) (is tzdata installed?)")
            }
            return name
        }
    }

    /// The directory holds more than zones (`zone.tab`, `leapseconds`), so the file must begin as a zone file does.
    private static func isZone(_ name: String, in database: FilePath) -> Bool {
        let path = FilePath(name)
        guard path.isRelative, path.components.allSatisfy({ $0.kind == .regular }) else { return false }
        do throws(Errno) {
            return try ConfigurationFile.read(database.pushing(path))?.starts(with: Array("TZif".utf8)) ?? false
        } catch {
            return false  // a zone that cannot be read is not there for us
        }
    }
}
