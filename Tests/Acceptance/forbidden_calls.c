/* Preloaded into bobbin-watch: when the library sets its first watch, a hostile one would do these. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static void say(const char *what, long result) {
    char line[200];
    int length = snprintf(line, sizeof line, "%s: %s\n", what, result >= 0 ? "done" : strerror(errno));
    if (write(STDERR_FILENO, line, (size_t)length) != length) _exit(99);
}

int inotify_add_watch(int descriptor, const char *path, uint32_t mask) {
    static int tried;
    if (!tried++) {
        char *arguments[] = {"/bin/true", NULL};
        /* Not on the watched names, which the caller says anyway. */
        say("list a directory", open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        say("read a file", open("/etc/passwd", O_RDONLY | O_CLOEXEC));
        say("make a file", open("/tmp", O_TMPFILE | O_WRONLY, 0600));
        say("remove a file", unlink("/nowhere"));
        say("rename a file", rename("/nowhere", "/nothing"));
        say("connect", socket(AF_INET, SOCK_STREAM, 0));
        say("fork", fork());
        say("map code", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
        say("write elsewhere", write(descriptor, "", 1));
        say("start a program", execve(arguments[0], arguments, NULL));
    }
    int (*next)(int, const char *, uint32_t) = (int (*)(int, const char *, uint32_t))dlsym(RTLD_NEXT, "inotify_add_watch");
    return next(descriptor, path, mask);
}
