#pragma once

#include <stddef.h>
#include <stdint.h>

// One function a system call, for what Swift's Glibc module cannot show (variadic calls, _GNU_SOURCE names) and so
// that errno is read on the line of the call: every function returns a value from 0 up, or -errno. No decisions here.
// Pointers are borrowed for the time of the call, except where a function says otherwise.

long clinux_open(const char *path, int flags, unsigned mode);
long clinux_openat(int directory, const char *name, int flags, unsigned mode);
// A file without a name in the file system of `directory`, for reading and writing (open(2), O_TMPFILE).
long clinux_open_unnamed(const char *directory);
long clinux_close(int fd);
long clinux_read(int fd, void *bytes, size_t count);
long clinux_pread(int fd, void *bytes, size_t count, int64_t offset);
long clinux_write(int fd, const void *bytes, size_t count);
// Reading end, writing end: both close-on-exec, neither blocks.
long clinux_pipe(int *ends);
// SEEK_HOLE: where the first hole of a file begins; its size where it has none. Afterwards it is read from its start.
long clinux_first_hole(int fd);
long clinux_ftruncate(int fd, int64_t size);
long clinux_fsync(int fd);
long clinux_fdatasync(int fd);

long clinux_rename(const char *from, const char *to);
// Each name in its directory, an open one or AT_FDCWD.
long clinux_rename_noreplace(int from_directory, const char *from, int to_directory, const char *to);
long clinux_link(const char *from, const char *to);
long clinux_mkdir(const char *path, unsigned mode);
// With the whole mode, whatever the umask; not to be called by two threads at once.
long clinux_mkdir_exactly(const char *path, unsigned mode);
long clinux_unlink(const char *path);
long clinux_rmdir(const char *path);
long clinux_unlinkat(int directory, const char *name);
long clinux_rmdirat(int directory, const char *name);

struct clinux_facts {
    uint64_t device, inode, links;
    int64_t size, mtime_ns, ctime_ns;
    uint32_t mode, uid;
};
long clinux_fstat(int fd, struct clinux_facts *facts);
long clinux_lstat(const char *path, struct clinux_facts *facts);
// Of a name in an open directory, links not followed.
long clinux_lstatat(int directory, const char *name, struct clinux_facts *facts);

struct clinux_filesystem {
    uint64_t type, block_bytes, blocks_available, inodes, inodes_free;
};
long clinux_statfs(const char *path, struct clinux_filesystem *facts);

// The stream owns fd afterwards; clinux_closedir ends both. NULL: failed, fd still belongs to the caller.
void *clinux_fdopendir(int fd, int *error);
// 1: *name is the next entry, valid until the next call; 0: no more.
long clinux_readdir(void *stream, const char **name);
long clinux_closedir(void *stream);

// FICLONE: makes `to` share the bytes of `from`.
long clinux_clone(int from, int to);
long clinux_lease_read(int fd);
long clinux_lease_end(int fd);
// F_SETSIG: the signal that says that a lease is being broken.
long clinux_lease_signal(int fd, int signal);
long clinux_ignore_signal(int signal);

long clinux_flock_exclusive(int fd);
// Open file description lock on the first byte, not waited for.
long clinux_ofd_lock(int fd);
// 1: another open file description holds that lock; 0: none does. Takes nothing.
long clinux_ofd_is_locked(int fd);

// memmem(3). 1: the bytes hold the part; 0: they do not.
long clinux_contains(const void *bytes, size_t count, const void *part, size_t part_count);

// Starts a detached thread that ends when `body` returns. `context` goes to `body`, which owns it.
long clinux_start_thread(const char *name, void (*body)(void *), void *context);
// A pointer of the calling thread's own; NULL until it is set.
void clinux_set_thread_context(void *context);
void *clinux_thread_context(void);

// 1: clinux_crc32c may be called on this processor.
long clinux_has_crc32c(void);
uint32_t clinux_crc32c(uint32_t state, const void *bytes, size_t count);
