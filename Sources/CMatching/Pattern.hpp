#pragma once

#include "CMatching.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/// A bound was reached.
struct GaveUp {};

/// A compiled pattern.
struct CPattern {
    std::unique_ptr<pcre2_code, void (*)(pcre2_code *)> code{nullptr, pcre2_code_free};

    /// - Returns: why it is no pattern; empty: it is one.
    std::string compile(const char *bytes, size_t length, CPatternDialect dialect);

    /// - Parameter places: gets the bounds of the match and of its groups.
    /// - Throws: `GaveUp`.
    bool find(
        const char *bytes, size_t length, size_t from, std::vector<std::pair<size_t, size_t>> *places) const;
};

/// Puts a reason where a caller wants it: shortened, terminated, one line.
void write_reason(const std::string &text, char *reason, size_t capacity);
