// Writes about MEGABYTES of chat requests of 1 KB each to standard output, the same ones every time. Of five lines one
// repeats the body of an earlier one under another custom_id. They look as Python's json.dumps leaves them, like those
// of chat_lines.py, which takes minutes for a gigabyte.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
    "batch", "answer", "model", "price", "token", "summary", "customer", "order", "invoice", "shipment", "refund",
    "carefully", "short", "long", "the", "a", "of", "and", "to", "in", "for", "with", "that", "this", "from", "by",
    "please", "explain", "list", "three", "reasons", "why", "it", "is", "not", "\\\"quoted\\\"", "line\\nbreak",
    "it's", "42", "3.5%", "größe", "naïve", "東京", "цена", "😀", "€100", "\\u00e9", "\\u6771"};
enum { ALL = sizeof words / sizeof *words, ASCII = ALL - 8 };

static char line[8192];
static size_t used;

// splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014)
static uint64_t draw(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static void put(const char *text) {
    size_t length = strlen(text);
    memcpy(line + used, text, length);
    used += length;
}

static void prose(uint64_t *state, size_t least, size_t spread, int foreign) {
    size_t end = used + least + draw(state) % spread;
    while (used < end) {
        put(words[draw(state) % (foreign ? ALL : ASCII)]);
        put(" ");
    }
    used--;
}

static void body(uint64_t number) {
    static const char *const temperatures[] = {"0", "0.2", "0.7", "1.0"}, *const limits[] = {"64", "256", "1000"};
    uint64_t state = number * 2 + 1;
    int foreign = number % 10 == 0;
    char rest[256];
    put("{\"model\": \"smollm2-135m\", \"messages\": [{\"role\": \"system\", \"content\": \"");
    prose(&state, 120, 100, foreign);
    put("\"}, {\"role\": \"user\", \"content\": \"");
    prose(&state, 380, 260, foreign);
    snprintf(
        rest, sizeof rest,
        "\"}], \"temperature\": %s, \"top_p\": 0.95, \"max_tokens\": %s, \"seed\": %u, "
        "\"stop\": [\"\\n\\n\", \"###\"], \"response_format\": {\"type\": \"json_object\"}}",
        temperatures[draw(&state) % 4], limits[draw(&state) % 3], (unsigned)(draw(&state) >> 33));
    put(rest);
}

int main(int argc, char **argv) {
    uint64_t left = argc == 2 ? strtoull(argv[1], NULL, 10) * 1000000 : 0, choice = 20261124;
    for (uint64_t number = 0; left > 0; number++) {
        char head[160];
        int repeats = number % 5 == 4;
        used = 0;
        snprintf(
            head, sizeof head,
            "{\"custom_id\": \"request-%010llu\", \"method\": \"POST\", \"url\": \"/v1/chat/completions\", \"body\": ",
            (unsigned long long)number);
        put(head);
        uint64_t fifth = draw(&choice) % (number / 5 + 1), place = draw(&choice) % 4;
        body(repeats ? fifth * 5 + place : number);
        put("}\n");
        if (fwrite(line, 1, used, stdout) != used) return 74;
        left -= used < left ? used : left;
    }
    return fflush(stdout) == 0 ? 0 : 74;
}
