import Glibc
import SystemPackage

/// Starts a program; `descriptors` become 0, 1 and 2 of the child in this order, the rest are inherited.
func start(_ program: String, _ arguments: [String], descriptors: [FileDescriptor] = []) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, descriptor) in descriptors.enumerated() {
        posix_spawn_file_actions_adddup2(&actions, descriptor.rawValue, Int32(number))
    }
    let argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { argv.forEach { free($0) } }
    var process = pid_t()
    let error = posix_spawn(&process, program, &actions, nil, argv, environ)
    guard error == 0 else { throw Errno(rawValue: error) }
    return process
}

/// Waits for the end of a program; a signal counts as 128 and its number.
func end(of process: pid_t) throws -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
        guard errno == EINTR else { throw Errno(rawValue: errno) }
    }
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
}

struct ProgramFailed: Error {
    var program: String
    var code: Int32
}

/// Runs a program to its end, which must be a good one.
func run(_ program: String, _ arguments: [String]) throws {
    let code = try end(of: try start(program, arguments))
    guard code == 0 else { throw ProgramFailed(program: program, code: code) }
}
