// Preloaded into the program under test: moves its wall clock, and that alone. The monotonic clock goes on as it does,
// so that what sleeps wakes in time; libfaketime shifts both, and hangs what waits for an absolute monotonic time.
//
// $WALL_CLOCK names a file of two native int64, read at every call: a moment at which the clock stands still, in
// nanoseconds since 1970 (0: it goes), and what is added to the true time where it goes.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t *shared;

__attribute__((constructor)) static void map_shared(void) {
    const char *path = getenv("WALL_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *bytes = file < 0 ? MAP_FAILED : mmap(NULL, 2 * sizeof *shared, PROT_READ, MAP_SHARED, file, 0);
    if (bytes == MAP_FAILED) abort();
    shared = bytes;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    long result = syscall(SYS_clock_gettime, clock, time);
    if (result != 0 || !shared || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return (int)result;
    int64_t stopped = atomic_load(&shared[0]);
    int64_t now = stopped ? stopped : time->tv_sec * 1000000000L + time->tv_nsec + atomic_load(&shared[1]);
    *time = (struct timespec){.tv_sec = now / 1000000000, .tv_nsec = now % 1000000000};
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}
