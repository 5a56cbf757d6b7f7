// The same as bench-hashlog on SQLite and LMDB: hashlog_peers sqlite|lmdb DIRECTORY KEYS GROUP
#include <lmdb.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define CHECK(call) do { int code_ = (call); if (code_) { fprintf(stderr, "%s: %d\n", #call, code_); exit(70); } } while (0)

static double seconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void make_key(long number, unsigned char *key) {
    for (uint64_t word = 0; word < 4; word++) {
        uint64_t mixed = ((uint64_t)number * 4 + word + 1) * 0x9E3779B97F4A7C15u;
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
        mixed ^= mixed >> 31;
        memcpy(key + word * 8, &mixed, 8);
    }
}

static unsigned char value[24];

// One store at a time: begin, put, commit; get returns 1 where the key is there.
static sqlite3 *database;
static sqlite3_stmt *put_row, *get_row;
static MDB_env *environment;
static MDB_dbi table;
static MDB_txn *transaction;

static void sqlite_open(const char *directory) {
    char path[4096];
    snprintf(path, sizeof path, "%s/keys.sqlite", directory);
    CHECK(sqlite3_open(path, &database));
    CHECK(sqlite3_exec(database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-1000000; CREATE TABLE IF NOT EXISTS keys(key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID;", 0, 0, 0));
    CHECK(sqlite3_prepare_v2(database, "INSERT OR IGNORE INTO keys VALUES(?, ?)", -1, &put_row, 0));
    CHECK(sqlite3_prepare_v2(database, "SELECT value FROM keys WHERE key = ?", -1, &get_row, 0));
}
static void sqlite_begin(int writes) { CHECK(sqlite3_exec(database, writes ? "BEGIN IMMEDIATE" : "BEGIN", 0, 0, 0)); }
static void sqlite_commit(void) { CHECK(sqlite3_exec(database, "COMMIT", 0, 0, 0)); }
static void sqlite_put(unsigned char *key) {
    sqlite3_bind_blob(put_row, 1, key, 32, SQLITE_STATIC);
    sqlite3_bind_blob(put_row, 2, value, sizeof value, SQLITE_STATIC);
    if (sqlite3_step(put_row) != SQLITE_DONE) exit(70);
    sqlite3_reset(put_row);
}
static int sqlite_get(unsigned char *key) {
    sqlite3_bind_blob(get_row, 1, key, 32, SQLITE_STATIC);
    int found = sqlite3_step(get_row) == SQLITE_ROW;
    sqlite3_reset(get_row);
    return found;
}

static void lmdb_open(const char *directory) {
    CHECK(mdb_env_create(&environment));
    CHECK(mdb_env_set_mapsize(environment, (size_t)1 << 37));
    CHECK(mdb_env_open(environment, directory, MDB_NORDAHEAD, 0640));
    CHECK(mdb_txn_begin(environment, 0, 0, &transaction));
    CHECK(mdb_dbi_open(transaction, 0, MDB_CREATE, &table));
    CHECK(mdb_txn_commit(transaction));
}
static void lmdb_begin(int writes) { CHECK(mdb_txn_begin(environment, 0, writes ? 0 : MDB_RDONLY, &transaction)); }
static void lmdb_commit(void) { CHECK(mdb_txn_commit(transaction)); }
static void lmdb_put(unsigned char *key) {
    MDB_val name = {32, key}, content = {sizeof value, value};
    int code = mdb_put(transaction, table, &name, &content, MDB_NOOVERWRITE);
    if (code != MDB_KEYEXIST) CHECK(code);
}
static int lmdb_get(unsigned char *key) {
    MDB_val name = {32, key}, content;
    return mdb_get(transaction, table, &name, &content) == 0;
}

int main(int count, char **words) {
    if (count < 5) return 64;
    int is_sqlite = strcmp(words[1], "sqlite") == 0;
    void (*begin)(int) = is_sqlite ? sqlite_begin : lmdb_begin;
    void (*commit)(void) = is_sqlite ? sqlite_commit : lmdb_commit;
    void (*put)(unsigned char *) = is_sqlite ? sqlite_put : lmdb_put;
    int (*get)(unsigned char *) = is_sqlite ? sqlite_get : lmdb_get;
    long keys = atol(words[3]), group = atol(words[4]);
    unsigned char key[32];
    (is_sqlite ? sqlite_open : lmdb_open)(words[2]);

    double started = seconds(CLOCK_MONOTONIC);
    for (long start = 0; start < keys; start += group) {
        begin(1);
        for (long number = start; number < start + group && number < keys; number++) {
            make_key(number, key);
            put(key);
        }
        commit();
    }
    printf("  durable appends: %.0f a second\n", keys / (seconds(CLOCK_MONOTONIC) - started));

    long probes = keys < 2000000 ? keys : 2000000, found = 0;
    struct { const char *name; long first, step; } kinds[] = {{"hits, at random", 0, 7919317}, {"misses", keys, 1}};
    for (int kind = 0; kind < 2; kind++) {
        begin(0);
        double used = 0;
        for (int round = 0; round < 2; round++) {
            used = seconds(CLOCK_PROCESS_CPUTIME_ID);
            for (long number = 0; number < probes; number++) {
                make_key(kinds[kind].first + number * kinds[kind].step % keys, key);
                found += get(key);
            }
            used = seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
        }
        commit();
        printf("  %s, by processor time: %.0f a second\n", kinds[kind].name, probes / used);
    }
    if (found != 2 * probes) return 70;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("  resident at most: %ld MiB, %ld bytes a key\n", usage.ru_maxrss / 1024, usage.ru_maxrss * 1024 / keys);
}
