#define _GNU_SOURCE
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define OR_ERRNO(call) ({ long result_ = (call); result_ < 0 ? -(long)errno : result_; })

long clinux_open(const char *path, int flags, unsigned mode) { return OR_ERRNO(open(path, flags, mode)); }
long clinux_openat(int directory, const char *name, int flags, unsigned mode) {
    return OR_ERRNO(openat(directory, name, flags, mode));
}
long clinux_open_unnamed(const char *directory) {
    return OR_ERRNO(open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
}
long clinux_close(int fd) { return OR_ERRNO(close(fd)); }
long clinux_pipe(int *ends) { return OR_ERRNO(pipe2(ends, O_CLOEXEC | O_NONBLOCK)); }
long clinux_read(int fd, void *bytes, size_t count) { return OR_ERRNO(read(fd, bytes, count)); }
long clinux_pread(int fd, void *bytes, size_t count, int64_t offset) {
    return OR_ERRNO(pread(fd, bytes, count, offset));
}
long clinux_write(int fd, const void *bytes, size_t count) { return OR_ERRNO(write(fd, bytes, count)); }
long clinux_first_hole(int fd) {
    long hole = OR_ERRNO(lseek(fd, 0, SEEK_HOLE));
    long start = OR_ERRNO(lseek(fd, 0, SEEK_SET));
    return start < 0 ? start : hole;
}
long clinux_ftruncate(int fd, int64_t size) { return OR_ERRNO(ftruncate(fd, size)); }
long clinux_fsync(int fd) { return OR_ERRNO(fsync(fd)); }
long clinux_fdatasync(int fd) { return OR_ERRNO(fdatasync(fd)); }

long clinux_rename(const char *from, const char *to) { return OR_ERRNO(rename(from, to)); }
long clinux_rename_noreplace(int from_directory, const char *from, int to_directory, const char *to) {
    return OR_ERRNO(renameat2(from_directory, from, to_directory, to, RENAME_NOREPLACE));
}
long clinux_link(const char *from, const char *to) { return OR_ERRNO(linkat(AT_FDCWD, from, AT_FDCWD, to, 0)); }
long clinux_mkdir(const char *path, unsigned mode) { return OR_ERRNO(mkdir(path, mode)); }
long clinux_mkdir_exactly(const char *path, unsigned mode) {
    mode_t mask = umask(0);
    long result = OR_ERRNO(mkdir(path, mode));
    umask(mask);
    return result;
}
long clinux_unlink(const char *path) { return OR_ERRNO(unlink(path)); }
long clinux_rmdir(const char *path) { return OR_ERRNO(rmdir(path)); }
long clinux_unlinkat(int directory, const char *name) { return OR_ERRNO(unlinkat(directory, name, 0)); }
long clinux_rmdirat(int directory, const char *name) { return OR_ERRNO(unlinkat(directory, name, AT_REMOVEDIR)); }

static long nanoseconds(struct timespec time) { return time.tv_sec * 1000000000L + time.tv_nsec; }

static void copy_facts(const struct stat *from, struct clinux_facts *to) {
    *to = (struct clinux_facts){
        .device = from->st_dev,
        .inode = from->st_ino,
        .links = from->st_nlink,
        .size = from->st_size,
        .mtime_ns = nanoseconds(from->st_mtim),
        .ctime_ns = nanoseconds(from->st_ctim),
        .mode = from->st_mode,
        .uid = from->st_uid,
    };
}

long clinux_fstat(int fd, struct clinux_facts *facts) {
    struct stat found = {0};
    long result = OR_ERRNO(fstat(fd, &found));
    copy_facts(&found, facts);
    return result;
}

long clinux_lstat(const char *path, struct clinux_facts *facts) {
    struct stat found = {0};
    long result = OR_ERRNO(lstat(path, &found));
    copy_facts(&found, facts);
    return result;
}

long clinux_lstatat(int directory, const char *name, struct clinux_facts *facts) {
    struct stat found = {0};
    long result = OR_ERRNO(fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW));
    copy_facts(&found, facts);
    return result;
}

long clinux_statfs(const char *path, struct clinux_filesystem *facts) {
    struct statfs found = {0};
    long result = OR_ERRNO(statfs(path, &found));
    *facts = (struct clinux_filesystem){
        .type = (uint32_t)found.f_type,
        .block_bytes = (uint64_t)found.f_bsize,
        .blocks_available = found.f_bavail,
        .inodes = found.f_files,
        .inodes_free = found.f_ffree,
    };
    return result;
}

void *clinux_fdopendir(int fd, int *error) {
    DIR *stream = fdopendir(fd);
    *error = stream ? 0 : errno;
    return stream;
}

long clinux_readdir(void *stream, const char **name) {
    errno = 0;
    struct dirent *entry = readdir(stream);
    if (!entry) return -(long)errno;
    *name = entry->d_name;
    return 1;
}

long clinux_closedir(void *stream) { return OR_ERRNO(closedir(stream)); }

long clinux_clone(int from, int to) { return OR_ERRNO(ioctl(to, FICLONE, from)); }
long clinux_lease_read(int fd) { return OR_ERRNO(fcntl(fd, F_SETLEASE, F_RDLCK)); }
long clinux_lease_end(int fd) { return OR_ERRNO(fcntl(fd, F_SETLEASE, F_UNLCK)); }
long clinux_lease_signal(int fd, int number) { return OR_ERRNO(fcntl(fd, F_SETSIG, number)); }
long clinux_ignore_signal(int number) { return signal(number, SIG_IGN) == SIG_ERR ? -(long)errno : 0; }

long clinux_flock_exclusive(int fd) { return OR_ERRNO(flock(fd, LOCK_EX | LOCK_NB)); }

long clinux_ofd_lock(int fd) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    return OR_ERRNO(fcntl(fd, F_OFD_SETLK, &lock));
}

long clinux_ofd_is_locked(int fd) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    long result = OR_ERRNO(fcntl(fd, F_OFD_GETLK, &lock));
    return result < 0 ? result : lock.l_type != F_UNLCK;
}
