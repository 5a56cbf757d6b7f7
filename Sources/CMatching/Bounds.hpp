#pragma once

#include "Pattern.hpp"

/// What one call may use up, in this thread: valijson knows no bounds of its own, and a schema can be written so that
/// it is looked at for years (`allOf` twice, thirty times over) or so that it goes round for ever (`$ref` to itself).
struct Bounds {
    uint64_t steps;
    const char *floor;

    static thread_local Bounds current;

    /// Begins a call. The stack that it may have is far below that of any thread, and deep enough for nesting of some
    /// hundred levels.
    static void begin() {
        current.steps = 20000000;
        current.floor = here() - (size_t(1) << 20);
    }

    static void step(uint64_t cost = 1) {
        if (current.steps < cost || here() < current.floor) throw GaveUp();
        current.steps -= cost;
    }

private:
    /// Not the address of a variable: AddressSanitizer keeps those elsewhere.
    static const char *here() { return static_cast<const char *>(__builtin_frame_address(0)); }
};
