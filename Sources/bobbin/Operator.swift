import Glibc
import Spooling
import SystemPackage

/// Who typed the command, and whom it works as.
enum Operator {
    /// Who asked, whomever the command works as by now.
    static let uid = getuid()

    /// To be called before anything is written into a spool. The daemon has a user of its own: what root wrote there it
    /// could neither read nor append to, and it would end at its next record. So root works there as the owner.
    /// A spool that is not there yet is made as who one is.
    /// - Throws: `Failure` where the kernel refuses.
    static func becomeOwner(of spool: Spool) throws {
        guard uid == 0, geteuid() == 0, let owner = Owner(of: spool), owner.uid != 0 else { return }
        var group = owner.gid
        let groups = if let name = owner.name { initgroups(name, group) } else { setgroups(1, &group) }
        // Of root's each sets the real, the effective and the saved one: there is no way back.
        guard groups == 0, setgid(group) == 0, setuid(owner.uid) == 0 else {
            throw Failure(
                code: EX_NOPERM,
                message: "\(spool.root) belongs to \(owner), whom this command cannot work as: run it as \(owner)")
        }
    }

    /// The same, for what is not for everybody who may hand files in.
    /// - Throws: `Failure` where the kernel refuses, and for who may not write to the daemon.
    static func actAsOwner(of spool: Spool) throws {
        try becomeOwner(of: spool)
        guard let owner = Owner(of: spool), owner.uid != geteuid() else { return }
        guard spool.control.withPlatformString({ access($0, W_OK) }) != 0, errno == EACCES else { return }
        throw Failure(
            code: EX_NOPERM,
            message: "\(spool.root) belongs to \(owner), and this is for its owner and root to do: try it with sudo")
    }

    private struct Owner: CustomStringConvertible {
        let uid: uid_t
        let gid: gid_t
        let name: String?

        /// nil: there is no such spool yet.
        init?(of spool: Spool) {
            var facts = stat()
            guard spool.root.withPlatformString({ stat($0, &facts) }) == 0 else { return nil }
            (uid, gid) = (facts.st_uid, facts.st_gid)
            name = getpwuid(facts.st_uid).map { String(cString: $0.pointee.pw_name) }
        }

        var description: String { name ?? "uid \(uid)" }
    }
}

extension Spool {
    /// Its directories, made by its owner where they are missing; for whoever hands files in.
    func prepareAsOwner() throws {
        try Operator.becomeOwner(of: self)
        try prepare()
    }
}
