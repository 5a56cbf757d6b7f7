#pragma once

#include <stddef.h>

// A foreign program that cannot outlive its call: it runs below a supervisor, a small process of ours that adopts
// whatever the program starts (PR_SET_CHILD_SUBREAPER), and ends all of it when the program has ended, when the caller
// says so, or when the caller dies. Every function returns a value from 0 up, or -errno.

struct cprogram {
    int supervisor;
    // The caller's end. A `cprogram_message` comes once everything is over, then end of file; end of file without one:
    // the supervisor itself was killed. Closing it ends the program, too.
    int control;
    // The reading end of the program's standard output; it does not block.
    int output;
};

struct cprogram_message {
    // 0: `value` is the wait status of the program, and nothing that it started is left; 1: it could not be started,
    // and `value` says why.
    int kind;
    int value;
};

// Anonymous memory that holds the bytes, to be read from its beginning: standard input that nobody has to write.
long cprogram_input(const void *bytes, size_t count);

// The program gets `input` as standard input, nothing as standard error, and no other file; the environment is what is
// given and nothing else. The lists end with NULL.
long cprogram_start(const char *path, char *const arguments[], char *const environment[], const char *directory,
                    int input, struct cprogram *started);

// Waits until the output or the control can be read, at most so long. Bits: 1 the output, 2 the control.
long cprogram_wait(const struct cprogram *program, int milliseconds);

// -EAGAIN: nothing is there at the moment.
long cprogram_read(int output, void *bytes, size_t count);

// 1: *message is there; 0: the supervisor has ended without one.
long cprogram_receive(int control, struct cprogram_message *message);

// Ends the program and all that it started; end of file at `control` says that nothing of it is left.
long cprogram_end(int control);

long cprogram_close(int fd);

// Takes the end of a supervisor, `waiting` for it or not. 1: it is gone, and its process id may be another's from now
// on; 0: it still ends things.
long cprogram_reap(int supervisor, int waiting);
