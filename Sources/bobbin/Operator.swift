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
        guard uid == 0, geteuid() == 0 else { return }
        var facts = stat()
        guard spool.root.withPlatformString({ stat($0, &facts) }) == 0, facts.st_uid != 0 else { return }
        let name = getpwuid(facts.st_uid).map { String(cString: $0.pointee.pw_name) }
        var group = facts.st_gid
        let groups = if let name { initgroups(name, group) } else { setgroups(1, &group) }
        // Of root's each sets the real, the effective and the saved one: there is no way back.
        guard groups == 0, setgid(group) == 0, setuid(facts.st_uid) == 0 else {
            let owner = name ?? "uid \(facts.st_uid)"
            throw Failure(
                code: EX_NOPERM,
                message: "\(spool.root) belongs to \(owner), whom this command cannot work as: run it as \(owner)")
        }
    }
}

extension Spool {
    /// Its directories, made by its owner where they are missing.
    func prepareAsOwner() throws {
        try Operator.becomeOwner(of: self)
        try prepare()
    }
}
