#define _GNU_SOURCE
#include "supervise.h"
#include "CProgram.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// This runs in a copy of a process with many threads: nothing here allocates or takes a lock.

enum { CONTROL = 3, PROCESSES_MORE = 256 };

static void note_child(int signal) { (void)signal; }

static void tell(int kind, int value) {
    struct cprogram_message message = {.kind = kind, .value = value};
    // A caller that has gone needs no answer.
    (void)!send(CONTROL, &message, sizeof message, MSG_NOSIGNAL);
}

// The four files become 0 to 3, every other one is closed: a lock or a book of the caller must not stay open here.
static int keep_files(const struct supervised *program) {
    int input = fcntl(program->input, F_DUPFD, 10), output = fcntl(program->output, F_DUPFD, 10);
    int control = fcntl(program->control, F_DUPFD, 10), nothing = open("/dev/null", O_WRONLY);
    if (input < 0 || output < 0 || control < 0 || nothing < 0) return -1;
    int high = fcntl(nothing, F_DUPFD, 10);
    if (high < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(high, 2) < 0 || dup2(control, CONTROL) < 0)
        return -1;
    if (fcntl(CONTROL, F_SETFD, FD_CLOEXEC) < 0) return -1;
    if (close_range(CONTROL + 1, ~0U, 0) == 0) return 0;
    // Before Linux 5.9.
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -1;
    for (rlim_t fd = CONTROL + 1; fd < limit.rlim_cur && fd < 1 << 20; fd++) close((int)fd);
    return 0;
}

static void reset_signals(void) {
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
}

// What it starts may be some hundred processes, beside those that there are: the limit of a user counts them all. It
// does not hold for root, whose programs are ended like any.
static void limit_processes(void) {
    struct sysinfo facts;
    struct rlimit limit;
    if (geteuid() == 0 || sysinfo(&facts) < 0 || facts.procs >= 32000 || getrlimit(RLIMIT_NPROC, &limit) < 0) return;
    rlim_t wanted = (rlim_t)facts.procs + PROCESSES_MORE;
    if (limit.rlim_max < wanted) wanted = limit.rlim_max;
    limit = (struct rlimit){.rlim_cur = wanted, .rlim_max = wanted};
    setrlimit(RLIMIT_NPROC, &limit);
}

static void write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    (void)!write(fd, text, strlen(text));
    close(fd);
}

static _Noreturn void become(const struct supervised *program) {
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The right to see who has a file open is the caller's alone.
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    limit_processes();
    // No core file with an answer in it; and where memory is short, this goes first.
    setrlimit(RLIMIT_CORE, &(struct rlimit){0});
    write_text("/proc/self/oom_score_adj", "1000");
    signal(SIGCHLD, SIG_DFL);
    reset_signals();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (chdir(program->directory) == 0) execve(program->path, program->arguments, program->environment);
    tell(1, errno);
    _exit(127);
}

// Everything that is a child of this process by now: what the program has left, also what left its group and session.
static void kill_children(void) {
    int list = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    if (list < 0) return;
    char bytes[4096];
    ssize_t count;
    pid_t child = 0;
    while ((count = read(list, bytes, sizeof bytes)) > 0) {
        for (ssize_t index = 0; index < count; index++) {
            if (bytes[index] >= '0' && bytes[index] <= '9') {
                child = child * 10 + (bytes[index] - '0');
            } else if (child > 1) {
                // Its group as well: a group dies as a whole, however fast its members multiply.
                kill(-child, SIGKILL);
                kill(child, SIGKILL);
                child = 0;
            }
        }
    }
    close(list);
}

// What a killed process has left becomes a child of this one: over when there is none any more.
static int end_everything(pid_t program) {
    int status = 0, found;
    kill(-program, SIGKILL);
    kill(program, SIGKILL);
    for (;;) {
        kill_children();
        pid_t ended;
        while ((ended = waitpid(-1, &found, WNOHANG)) > 0)
            if (ended == program) status = found;
        if (ended < 0 && errno == ECHILD) return status;
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
}

_Noreturn void supervise(const struct supervised *program) {
    setsid();
    prctl(PR_SET_NAME, "bobbin-judge");
    if (keep_files(program) < 0) _exit(1);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
        tell(1, errno);
        _exit(1);
    }
    reset_signals();
    // A request to stop is for the caller, who decides what it means for the program.
    int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGTTOU, SIGTTIN};
    for (size_t index = 0; index < sizeof ignored / sizeof *ignored; index++) signal(ignored[index], SIG_IGN);
    signal(SIGCHLD, note_child);
    sigset_t child, none;
    sigemptyset(&none);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &child, NULL);

    pid_t id = _Fork();
    if (id < 0) tell(1, errno);
    if (id < 0) _exit(1);
    if (id == 0) become(program);
    close(0);
    close(1);

    for (;;) {
        // Left unreaped, the program keeps its number: its group is still its own when that is killed.
        siginfo_t ended = {0};
        while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0 && ended.si_pid != id) {
            waitpid(ended.si_pid, NULL, 0);
            ended.si_pid = 0;
        }
        if (ended.si_pid == id) break;
        struct pollfd control = {.fd = CONTROL, .events = POLLIN};
        if (ppoll(&control, 1, NULL, &none) > 0) {
            end_everything(id);
            _exit(0);
        }
    }
    tell(0, end_everything(id));
    _exit(0);
}
