#define _GNU_SOURCE
#include "CLinux.h"

#include <string.h>

long clinux_contains(const void *bytes, size_t count, const void *part, size_t part_count) {
    return memmem(bytes, count, part, part_count) != NULL;
}
