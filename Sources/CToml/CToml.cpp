#include "CToml.h"

#include <string_view>
#include <vector>

// With exceptions off, toml++ returns its error, and nothing is left to cross into Swift but bad_alloc, at which
// `noexcept` ends the process. Compiled in rather than linked: no shared library to ship for 300 lines of settings.
//
// Its assertions are off, also as the optimiser's assumptions, which is what they become under NDEBUG: toml++ before its
// pull request 301 asserts in parse_key what `[.a]` breaks, although the lines below it report just that as an error.
#undef NDEBUG
#define TOML_ASSERT(condition) static_assert(true)
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

struct CTomlDocument {
    toml::parse_result result;
    std::vector<CTomlNode> nodes;
    CTomlError error;
};

namespace {

CTomlKind kind(const toml::node &node) {
    switch (node.type()) {
    case toml::node_type::table: return CTomlTable;
    case toml::node_type::array: return CTomlArray;
    case toml::node_type::string: return CTomlString;
    case toml::node_type::integer: return CTomlInteger;
    case toml::node_type::floating_point: return CTomlFloat;
    case toml::node_type::boolean: return CTomlBoolean;
    default: return CTomlTime;
    }
}

void append(std::vector<CTomlNode> &nodes, const toml::node &node, const toml::key *key) {
    CTomlNode flat = {};
    flat.kind = kind(node);
    flat.line = key ? key->source().begin.line : node.source().begin.line;
    if (key) {
        flat.key = key->data();
        flat.key_length = key->length();
    }
    if (auto value = node.as_string()) {
        flat.string = (*value)->data();
        flat.string_length = (*value)->length();
    }
    if (auto value = node.as_integer()) flat.integer = value->get();
    if (auto value = node.as_floating_point()) flat.floating = value->get();
    if (auto value = node.as_boolean()) flat.boolean = value->get();
    if (auto table = node.as_table()) flat.count = table->size();
    if (auto array = node.as_array()) flat.count = array->size();
    nodes.push_back(flat);

    if (auto table = node.as_table())
        for (auto &&[name, child] : *table) append(nodes, child, &name);
    if (auto array = node.as_array())
        for (auto &&child : *array) append(nodes, child, nullptr);
}

}  // namespace

CTomlDocument *ctoml_parse(const char *bytes, size_t length) noexcept {
    auto document = new CTomlDocument{toml::parse(std::string_view(bytes, length)), {}, {}};
    if (document->result) {
        append(document->nodes, document->result.table(), nullptr);
    } else {
        const toml::parse_error &error = document->result.error();
        const std::string_view message = error.description();
        const toml::source_position position = error.source().begin;
        document->error = {position.line, position.column, message.data(), message.length()};
    }
    return document;
}

const CTomlNode *ctoml_nodes(const CTomlDocument *document, size_t *count) noexcept {
    *count = document->nodes.size();
    return document->nodes.data();
}

const CTomlError *ctoml_error(const CTomlDocument *document) noexcept {
    return document->result ? nullptr : &document->error;
}

void ctoml_free(CTomlDocument *document) noexcept {
    delete document;
}
