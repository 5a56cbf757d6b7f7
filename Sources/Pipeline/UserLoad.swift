package import BatchCore

/// What the jobs of each user in processing/ come to, claims that are under way included.
package struct UserLoad: Sendable {
    private var loads: [UInt32: (jobs: Int, bytes: Int)] = [:]

    package init() {}

    package mutating func begin(_ user: UInt32, bytes: Int) {
        loads[user, default: (0, 0)].jobs += 1
        loads[user, default: (0, 0)].bytes += bytes
    }

    package mutating func end(_ user: UInt32, bytes: Int) {
        guard var load = loads[user] else { return }
        load = (load.jobs - 1, load.bytes - bytes)
        loads[user] = load.jobs > 0 ? load : nil
    }

    /// Why one more file has to wait; nil: it may come.
    package func refusal(of user: UInt32, bytes: Int, _ share: SpoolShare) -> String? {
        let load = loads[user] ?? (0, 0)
        if let jobs = share.jobs, load.jobs >= jobs {
            return
                "uid \(user) has \(load.jobs) jobs in processing/, and budget.toml allows \(jobs): it is claimed when "
                + "one of them has ended"
        }
        guard let most = share.bytes, load.bytes + bytes > most else { return nil }
        if bytes > most {
            return
                "it has \(bytes) bytes, and budget.toml allows uid \(user) \(most) in processing/: deliver it in parts"
        }
        return
            "uid \(user) has \(load.bytes) bytes in processing/, and with its \(bytes) that is more than the \(most) "
            + "that budget.toml allows: it is claimed when there is room"
    }
}
