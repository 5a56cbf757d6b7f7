#pragma once

#include "Bounds.hpp"

#include <cstring>

#include <valijson/adapters/std_string_adapter.hpp>
#include <valijson/internal/adapter.hpp>
#include <valijson/internal/basic_adapter.hpp>
#include <valijson/internal/frozen_value.hpp>

// The values that valijson asks: they stand in nodes that Swift has made of a text that it has validated.

namespace matching {

/// A JSON text, borrowed.
struct Text {
    const CJSONNode *nodes;
    const char *strings;
    /// For each node the place of its first child in `children`; a child is an element, or a member's name.
    std::vector<uint32_t> first;
    std::vector<uint32_t> children;

    Text(const CJSONNode *nodes, size_t count, const char *strings) : nodes(nodes), strings(strings), first(count) {
        children.reserve(count);
        for (uint32_t node = 0; node < count; ++node) {
            const CJSONNode &value = nodes[node];
            if (value.kind != CJSONArray && value.kind != CJSONObject) continue;
            first[node] = uint32_t(children.size());
            uint32_t child = node + 1;
            for (uint32_t i = 0; i < value.count; ++i) {
                children.push_back(child);
                child = value.kind == CJSONObject ? nodes[child + 1].next : nodes[child].next;
            }
        }
    }

    std::string string(uint32_t node) const {
        return std::string(strings + nodes[node].start, nodes[node].length);
    }
};

class Adapter;
class Array;
class Object;
typedef std::pair<std::string, Adapter> Member;

/// A value where it stands, as `BasicAdapter` wants it.
class Value {
public:
    Value() : m_text(nullptr), m_node(0) {}
    Value(const Text *text, uint32_t node) : m_text(text), m_node(node) {}

    valijson::adapters::FrozenValue *freeze() const;
    opt::optional<Array> getArrayOptional() const;
    opt::optional<Object> getObjectOptional() const;

    bool getArraySize(size_t &result) const { return isArray() && (result = node().count, true); }
    bool getObjectSize(size_t &result) const { return isObject() && (result = node().count, true); }
    bool getBool(bool &result) const { return isBool() && (result = kind() == CJSONTrue, true); }
    bool getDouble(double &result) const { return isDouble() && (result = node().number, true); }
    bool getInteger(int64_t &result) const { return isInteger() && (result = node().integer, true); }
    bool getString(std::string &result) const {
        if (!isString()) return false;
        Bounds::step(node().length / 64);
        result = m_text->string(m_node);
        return true;
    }

    static bool hasStrictTypes() { return true; }
    bool isArray() const { return kind() == CJSONArray; }
    bool isBool() const { return kind() == CJSONTrue || kind() == CJSONFalse; }
    bool isDouble() const { return kind() == CJSONNumber; }
    bool isInteger() const { return kind() == CJSONInteger; }
    bool isNull() const { return kind() == CJSONNull; }
    bool isNumber() const { return isInteger() || isDouble(); }
    bool isObject() const { return kind() == CJSONObject; }
    bool isString() const { return kind() == CJSONString; }

private:
    const Text *m_text;
    uint32_t m_node;

    const CJSONNode &node() const { return m_text->nodes[m_node]; }
    /// Whatever looks at a value asks for its kind first.
    int kind() const {
        Bounds::step();
        return m_text ? node().kind : int(CJSONNull);
    }
};

/// The children of an array or an object, by their place.
template <typename Element>
class Iterator {
public:
    typedef std::bidirectional_iterator_tag iterator_category;
    typedef Element value_type;
    typedef std::ptrdiff_t difference_type;
    typedef Element *pointer;
    typedef Element &reference;

    Iterator(const Text *text, size_t place) : m_text(text), m_place(place) {}

    Element operator*() const;
    valijson::adapters::DerefProxy<Element> operator->() const {
        return valijson::adapters::DerefProxy<Element>(**this);
    }
    bool operator==(const Iterator &other) const { return m_place == other.m_place; }
    bool operator!=(const Iterator &other) const { return m_place != other.m_place; }
    Iterator &operator++() {
        ++m_place;
        return *this;
    }
    Iterator operator++(int) {
        Iterator before(*this);
        ++m_place;
        return before;
    }
    Iterator &operator--() {
        --m_place;
        return *this;
    }
    void advance(std::ptrdiff_t n) { m_place += n; }

private:
    const Text *m_text;
    size_t m_place;
};

/// An array or an object: a row of children. Empty by itself.
template <typename Element>
class Row {
public:
    typedef Iterator<Element> const_iterator;
    typedef Iterator<Element> iterator;

    Row() : m_text(nullptr), m_first(0), m_count(0) {}
    Row(const Text *text, uint32_t node)
        : m_text(text), m_first(text->first[node]), m_count(text->nodes[node].count) {}

    iterator begin() const { return iterator(m_text, m_first); }
    iterator end() const { return iterator(m_text, m_first + m_count); }
    size_t size() const { return m_count; }

protected:
    const Text *m_text;
    size_t m_first, m_count;
};

class Array : public Row<Adapter> {
public:
    using Row<Adapter>::Row;
};

class Object : public Row<Member> {
public:
    using Row<Member>::Row;

    iterator find(const std::string &name) const {
        Bounds::step(1 + m_count / 8);
        for (size_t place = m_first; place < m_first + m_count; ++place) {
            const CJSONNode &node = m_text->nodes[m_text->children[place]];
            if (node.length == name.size() && memcmp(name.data(), m_text->strings + node.start, node.length) == 0)
                return iterator(m_text, place);
        }
        return end();
    }
};

class Adapter : public valijson::adapters::BasicAdapter<Adapter, Array, Member, Object, Value> {
public:
    Adapter() : BasicAdapter() {}
    explicit Adapter(const Text &text) : Adapter(&text, 0) {}
    Adapter(const Text *text, uint32_t node) : BasicAdapter(Value(text, node)) {}
};

template <>
inline Adapter Iterator<Adapter>::operator*() const {
    Bounds::step();
    return Adapter(m_text, m_text->children[m_place]);
}

template <>
inline Member Iterator<Member>::operator*() const {
    const uint32_t name = m_text->children[m_place];
    Bounds::step(1 + m_text->nodes[name].length / 64);
    return Member(m_text->string(name), Adapter(m_text, name + 1));
}

/// A value of the schema, whose text lives as long as the schema does.
class Frozen : public valijson::adapters::FrozenValue {
public:
    Frozen(const Text *text, uint32_t node) : m_text(text), m_node(node) {}
    FrozenValue *clone() const override { return new Frozen(m_text, m_node); }
    bool equalTo(const valijson::adapters::Adapter &other, bool strict) const override {
        return Adapter(m_text, m_node).equalTo(other, strict);
    }

private:
    const Text *m_text;
    uint32_t m_node;
};

inline valijson::adapters::FrozenValue *Value::freeze() const { return new Frozen(m_text, m_node); }
inline opt::optional<Array> Value::getArrayOptional() const {
    return isArray() ? opt::make_optional(Array(m_text, m_node)) : opt::optional<Array>();
}
inline opt::optional<Object> Value::getObjectOptional() const {
    return isObject() ? opt::make_optional(Object(m_text, m_node)) : opt::optional<Object>();
}

}  // namespace matching

namespace valijson {
namespace adapters {
template <>
struct AdapterTraits<matching::Adapter> {
    typedef matching::Text DocumentType;
};
}  // namespace adapters
}  // namespace valijson
