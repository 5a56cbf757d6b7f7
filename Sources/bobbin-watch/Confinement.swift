// SPDX-License-Identifier: GPL-2.0-only

import CSeccomp
import Glibc

/// What this process may still ask of the kernel (seccomp(2), through libseccomp): watch and list directories, and
/// write to the descriptors that it was given. It reads names that anybody may choose through a library that we did not
/// write, as a user who may read keys and write books: so it opens no file, makes no connection and starts nothing.
enum Confinement {
    /// For the rest of its life. Without it the helper works as well: a kernel that has none is said and passed over.
    static func begin() {
        // ENOSYS, not the end of the process: a newer libc asks for a newer call first, and then for the one it had.
        guard let filter = seccomp_init(UInt32(0x0005_0000) | UInt32(ENOSYS)) else {
            return warn("it is not confined: \(reason(ENOMEM))")
        }
        defer { seccomp_release(filter) }
        for (name, conditions) in allowed {
            let number = seccomp_syscall_resolve_name(name)
            // Not of this architecture.
            guard number >= 0 else { continue }
            let code = seccomp_rule_add_array(filter, allow, number, UInt32(conditions.count), conditions)
            guard code == 0 else { return warn("it is not confined: \(name): \(reason(-code))") }
        }
        // Sets no_new_privs before (seccomp_attr_set(3)).
        let code = seccomp_load(filter)
        if code != 0 { warn("it is not confined: \(reason(-code))") }
    }

    /// SCMP_ACT_ALLOW; the macros of seccomp.h with a cast in them are not imported.
    private static let allow: UInt32 = 0x7FFF_0000

    private static let directoryOnly = UInt64(O_ACCMODE | O_DIRECTORY | O_CREAT)

    private static let allowed: [(String, [scmp_arg_cmp])] =
        [
            "read", "close", "fstat", "newfstatat", "statx", "stat", "lstat", "readlink", "readlinkat", "getdents64",
            "lseek", "inotify_init", "inotify_init1", "inotify_add_watch", "inotify_rm_watch", "poll", "ppoll",
            "select", "pselect6", "ioctl", "fcntl", "brk", "munmap", "mremap", "madvise", "futex", "getrandom",
            "clock_gettime", "gettimeofday", "clock_nanosleep", "restart_syscall", "rt_sigaction", "rt_sigprocmask",
            "rt_sigreturn", "getpid", "gettid", "exit", "exit_group",
        ].map { ($0, []) } + [
            // A frame, or a word about an end.
            ("write", [scmp_arg_cmp(arg: 0, op: SCMP_CMP_LE, datum_a: UInt64(STDERR_FILENO), datum_b: 0)]),
            ("openat", [masked(2, directoryOnly, is: UInt64(O_DIRECTORY))]),
            ("open", [masked(1, directoryOnly, is: UInt64(O_DIRECTORY))]),
            // abort(3) ends this process; another of the same user is the daemon.
            ("tgkill", [scmp_arg_cmp(arg: 0, op: SCMP_CMP_EQ, datum_a: UInt64(getpid()), datum_b: 0)]),
            ("mmap", [masked(2, UInt64(PROT_EXEC), is: 0)]),
            ("mprotect", [masked(2, UInt64(PROT_EXEC), is: 0)]),
        ]

    private static func masked(_ argument: UInt32, _ mask: UInt64, is value: UInt64) -> scmp_arg_cmp {
        scmp_arg_cmp(arg: argument, op: SCMP_CMP_MASKED_EQ, datum_a: mask, datum_b: value)
    }
}
