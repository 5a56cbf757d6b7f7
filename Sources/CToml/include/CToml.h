#pragma once

// TOML text in, a flat list of its nodes or one syntax error out: toml++ behind three calls. No call throws; a process
// without memory ends (the functions are noexcept). A document may be read by several threads and freed by one.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define CTOML_NOEXCEPT noexcept
extern "C" {
#else
#define CTOML_NOEXCEPT
#endif

typedef enum {
    CTomlTable,
    CTomlArray,
    CTomlString,
    CTomlInteger,
    CTomlFloat,
    CTomlBoolean,
    CTomlTime,  // a date, a time of day or both: the value itself is not handed out
} CTomlKind;

/// One node. The nodes stand in preorder: a table or an array, then its `count` children, each followed by its own.
/// The children of a table stand in the order of their keys' bytes.
typedef struct {
    CTomlKind kind;
    uint32_t line;       // from 1; of the key in a table, of the value in an array, 0 for the root
    const char *key;     // UTF-8, not terminated, may hold NUL; NULL for the root and in arrays; the document's
    size_t key_length;   // bytes
    const char *string;  // UTF-8, not terminated, may hold NUL; NULL unless kind is CTomlString; the document's
    size_t string_length;
    int64_t integer;
    double floating;
    int boolean;
    size_t count;        // children of a table or an array
} CTomlNode;

typedef struct {
    uint32_t line;       // from 1
    uint32_t column;     // from 1, in code points
    const char *message; // UTF-8, not terminated; the document's
    size_t message_length;
} CTomlError;

typedef struct CTomlDocument CTomlDocument;

/// Parses `length` bytes, which are not kept. Never NULL, also after a syntax error.
/// Ownership: the caller's, who ends it with `ctoml_free`.
CTomlDocument *ctoml_parse(const char *bytes, size_t length) CTOML_NOEXCEPT;

/// The root table and all below it; `*count` is the number of nodes, 0 after a syntax error.
/// Ownership: the document's, as are the strings in it; all end with `ctoml_free`.
const CTomlNode *ctoml_nodes(const CTomlDocument *document, size_t *count) CTOML_NOEXCEPT;

/// The syntax error, or NULL if there is none. Ownership: the document's.
const CTomlError *ctoml_error(const CTomlDocument *document) CTOML_NOEXCEPT;

/// Ends a document and whatever was borrowed from it. NULL is allowed.
void ctoml_free(CTomlDocument *document) CTOML_NOEXCEPT;

#ifdef __cplusplus
}
#endif
