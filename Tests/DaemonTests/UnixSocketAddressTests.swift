import Daemon
import Glibc
import Testing

@Suite("A socket's name becomes the address the kernel knows it by")
struct UnixSocketAddressTests {
    @Test("a path ends with NUL, an abstract name starts with it and ends with its length")
    func bytes() {
        #expect(UnixSocketAddress("/a")?.pathBytes == [47, 97, 0])
        #expect(UnixSocketAddress("@a")?.pathBytes == [0, 97])
        #expect(UnixSocketAddress("/a")?.withSocketAddress { $1 } == 5)
        #expect(UnixSocketAddress("@a")?.withSocketAddress { $1 } == 4)
        #expect(
            UnixSocketAddress("@a")?.withSocketAddress { address, _ in Int32(address.pointee.sa_family) } == AF_UNIX)
    }

    @Test("the longest that fits is taken, one more byte is not")
    func length() {
        #expect(UnixSocketAddress("/" + String(repeating: "a", count: 106)) != nil)
        #expect(UnixSocketAddress("/" + String(repeating: "a", count: 107)) == nil)
        #expect(UnixSocketAddress("@" + String(repeating: "a", count: 107)) != nil)
        #expect(UnixSocketAddress("@" + String(repeating: "a", count: 108)) == nil)
    }

    @Test("what is no local socket is nil", arguments: ["", "@", "a", "vsock:1:2", "./a"])
    func noSocket(name: String) {
        #expect(UnixSocketAddress(name) == nil)
    }
}
