import Testing

@Suite("The unit keeps what the daemon counts on")
struct UnitFileTests {
    /// Every value of a setting, in order: a setting may be given more than once.
    private func values(_ key: String) throws -> [String] {
        try textOfRepositoryFile("Systemd/bobbin.service").split(separator: "\n")
            .filter { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) }
    }

    @Test("one writable path for the whole spool: several could be several mounts, between which nothing is renamed")
    func oneMount() throws {
        #expect(try values("ReadWritePaths") == ["/var/spool/bobbin"])
    }

    @Test("the witness has a place of its own, outside of the spool, where the sample configuration looks for it")
    func witness() throws {
        #expect(try values("StateDirectory") == ["bobbin"])
        #expect(try textOfRepositoryFile("Systemd/sample/bobbin.toml").contains("witness = \"/var/lib/bobbin\""))
    }

    @Test("a notify type that systemd 252 knows, and only the daemon itself may notify")
    func notify() throws {
        #expect(try values("Type") == ["notify"])
        #expect(try values("NotifyAccess") == ["main"])
    }

    @Test("CAP_LEASE and nothing else, where it counts: not in a user namespace")
    func lease() throws {
        #expect(try values("AmbientCapabilities") == ["CAP_LEASE"])
        #expect(try values("CapabilityBoundingSet") == ["CAP_LEASE"])
        #expect(try values("PrivateUsers").isEmpty)
    }

    @Test("a flood of lines does not push the others out of the journal")
    func logRate() throws {
        #expect(try values("LogRateLimitIntervalSec") == ["30s"])
        #expect(try values("LogRateLimitBurst") == ["2000"])
    }

    @Test("a configuration that is wrong is not tried again")
    func exitCode() throws {
        #expect(try values("RestartPreventExitStatus").joined(separator: " ").split(separator: " ").contains("78"))
    }
}
