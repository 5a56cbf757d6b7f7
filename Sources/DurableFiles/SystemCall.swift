import Glibc
import SystemPackage

/// Makes one system call, again if a signal interrupted it, and turns -errno into words.
/// - Parameter body: returns a value from 0 up, or -errno, as the functions of CLinux do.
@discardableResult
func call(_ operation: FileOperation, _ path: FilePath, _ body: () -> Int) throws(FileError) -> Int {
    try call(operation, path) { _ in body() }
}

/// The same for reads and writes.
/// - Parameter body: takes the most bytes that it may move.
@discardableResult
func call(_ operation: FileOperation, _ path: FilePath, _ body: (Int) -> Int) throws(FileError) -> Int {
    while true {
        let result: Int
        switch FileFaults.fault(at: operation, path) {
        case .error(let code): result = -Int(code)
        case .errorAfter(let code):
            _ = body(.max)
            result = -Int(code)
        case .short(let bytes): result = body(bytes)
        case nil: result = body(.max)
        }
        FileExecutor.noteMove()
        if result == -Int(EINTR) { continue }
        guard result >= 0 else { throw FileError(operation, path, Int32(-result)) }
        return result
    }
}

/// - Returns: nil where the call found that nothing has that name (ENOENT).
func existing<Result: ~Copyable>(_ body: () throws(FileError) -> Result) throws(FileError) -> Result? {
    do throws(FileError) {
        return try body()
    } catch  where error.code == ENOENT {
        return nil
    }
}

/// The same for a lookup, which is made again before it is believed: a job is cleaned away, or paid for anew, because a
/// file of it is not there.
func lookUp<Result: ~Copyable>(_ body: () throws(FileError) -> Result) throws(FileError) -> Result? {
    if let found = try existing(body) { return found }
    return try existing(body)
}
