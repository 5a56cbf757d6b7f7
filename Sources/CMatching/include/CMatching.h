#pragma once

// Regular expressions (PCRE2) and JSON Schema (valijson) behind a few calls. No call throws, and none runs for ever:
// each has a bound on its steps, its memory and its stack, and says so where it gave up. What was compiled is only read
// afterwards, by any number of threads.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define CMATCHING_NOEXCEPT noexcept
extern "C" {
#else
#define CMATCHING_NOEXCEPT
#endif

typedef enum {
    CMatchingYes,
    CMatchingNo,
    CMatchingGaveUp,  // a bound was reached: nobody knows
} CMatchingResult;

typedef enum {
    CPatternPerl,    // PCRE2 with Unicode classes
    CPatternSchema,  // the same as near to ECMA 262 as it goes: \d and \w are ASCII, $ is the very end
} CPatternDialect;

typedef struct CPattern CPattern;

/// Compiles a pattern of UTF-8. NULL: it is none, and `reason`, terminated, says why.
/// Ownership: the caller's, who ends it with `cpattern_free`.
CPattern *cpattern_compile(
    const char *bytes, size_t length, CPatternDialect dialect, char *reason, size_t reason_capacity) CMATCHING_NOEXCEPT;

/// The first place from byte `from` on that matches; `*start` and `*end` are its bounds in bytes.
/// `bytes` must be valid UTF-8, of at most 256 MiB.
CMatchingResult cpattern_find(
    const CPattern *pattern, const char *bytes, size_t length, size_t from, size_t *start,
    size_t *end) CMATCHING_NOEXCEPT;

void cpattern_free(CPattern *pattern) CMATCHING_NOEXCEPT;

typedef enum {
    CJSONNull,
    CJSONFalse,
    CJSONTrue,
    CJSONInteger,  // a whole number that int64_t holds, however it is written
    CJSONNumber,
    CJSONString,
    CJSONArray,
    CJSONObject,
} CJSONKind;

/// One value of a JSON text. The values stand in preorder: an array or an object is followed by what it holds, an
/// object by name, value, name, value.
typedef struct {
    uint8_t kind;
    uint32_t count;   // elements of an array, members of an object
    uint32_t next;    // the index behind this value and all it holds
    uint32_t start;   // a string: its first byte in the text's strings
    uint32_t length;  // a string: its bytes, UTF-8, which may hold NUL
    int64_t integer;
    double number;
} CJSONNode;

typedef struct CSchema CSchema;

/// Compiles the schema that stands in `nodes`. NULL: it is none, and `reason`, terminated, says why.
/// - Parameters draft: 4 or 7. References into other documents are refused.
/// Ownership: the caller's, who ends it with `cschema_free`. `nodes` and `strings` are copied.
CSchema *cschema_compile(
    const CJSONNode *nodes, size_t count, const char *strings, size_t length, int draft, char *reason,
    size_t reason_capacity) CMATCHING_NOEXCEPT;

/// Holds the schema for the value? `reason`, terminated, says where not and by which keyword: member names stand in it
/// only if the schema has them too, strings of the value never.
CMatchingResult cschema_check(
    const CSchema *schema, const CJSONNode *nodes, size_t count, const char *strings, size_t length, char *reason,
    size_t reason_capacity) CMATCHING_NOEXCEPT;

void cschema_free(CSchema *schema) CMATCHING_NOEXCEPT;

#ifdef __cplusplus
}
#endif
