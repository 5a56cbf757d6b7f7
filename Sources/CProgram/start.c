#define _GNU_SOURCE
#include "CProgram.h"
#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

long cprogram_input(const void *bytes, size_t count) {
    int fd = memfd_create("answer", MFD_CLOEXEC);
    if (fd < 0) return -(long)errno;
    const char *rest = bytes;
    while (count > 0) {
        ssize_t written = write(fd, rest, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            long error = written < 0 ? errno : ENOSPC;
            close(fd);
            return -error;
        }
        rest += written;
        count -= (size_t)written;
    }
    if (lseek(fd, 0, SEEK_SET) < 0) {
        long error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

static void close_both(const int ends[2]) {
    close(ends[0]);
    close(ends[1]);
}

long cprogram_start(const char *path, char *const arguments[], char *const environment[], const char *directory,
                    int input, struct cprogram *started) {
    int control[2], output[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0) return -(long)errno;
    if (pipe2(output, O_CLOEXEC) < 0 || fcntl(output[0], F_SETFL, O_NONBLOCK) < 0) {
        long error = errno;
        close_both(control);
        return -error;
    }
    struct supervised program = {
        .path = path, .arguments = arguments, .environment = environment, .directory = directory,
        .input = input, .output = output[1], .control = control[1],
    };
    // No handler of ours may run in the copy of this process.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    // _Fork: no handlers of pthread_atfork either; from here on the copy calls what is async-signal-safe and no more.
    pid_t supervisor = _Fork();
    if (supervisor == 0) supervise(&program);
    long error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(control[1]);
    close(output[1]);
    if (supervisor < 0) {
        close(control[0]);
        close(output[0]);
        return -error;
    }
    *started = (struct cprogram){.supervisor = supervisor, .control = control[0], .output = output[0]};
    return 0;
}

long cprogram_wait(const struct cprogram *program, int milliseconds) {
    // poll(2) passes over a negative descriptor.
    struct pollfd files[2] = {{.fd = program->output, .events = POLLIN}, {.fd = program->control, .events = POLLIN}};
    int count = poll(files, 2, milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -(long)errno;
    return (files[0].revents ? 1 : 0) | (files[1].revents ? 2 : 0);
}

long cprogram_read(int output, void *bytes, size_t count) {
    ssize_t length;
    do length = read(output, bytes, count);
    while (length < 0 && errno == EINTR);
    return length < 0 ? -(long)errno : length;
}

long cprogram_receive(int control, struct cprogram_message *message) {
    ssize_t length;
    do length = recv(control, message, sizeof *message, MSG_DONTWAIT);
    while (length < 0 && errno == EINTR);
    // A reset is an end, too.
    return length == (ssize_t)sizeof *message;
}

long cprogram_end(int control) { return shutdown(control, SHUT_WR) < 0 ? -(long)errno : 0; }

long cprogram_close(int fd) { return close(fd) < 0 ? -(long)errno : 0; }

long cprogram_reap(int supervisor, int waiting) {
    int status;
    pid_t found;
    do found = waitpid(supervisor, &status, waiting ? 0 : WNOHANG);
    while (found < 0 && errno == EINTR);
    return found != 0;
}
