#pragma once

struct supervised {
    const char *path;
    char *const *arguments;
    char *const *environment;
    const char *directory;
    int input, output, control;
};

// The life of the supervisor: it does not return.
_Noreturn void supervise(const struct supervised *program);
