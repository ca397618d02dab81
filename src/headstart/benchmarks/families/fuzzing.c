/* A coverage-guided fuzzer for a harness, the same on every run (SanitizerCoverage: trace-pc, trace-cmp; built without
   PIE). Usage: fuzz RUNS CRASH_FILE, or: fuzz 0 CRASH_FILE INPUT_FILE, which runs one input. At the end it prints the
   word that it read from standard input before anything else, so that nobody can say that it ended who did not wait. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

extern int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
extern void __sanitizer_set_death_callback(void (*callback)(void));

enum { MOST = 1024, KEPT = 1024, PAIRS = 64, MAP = 1 << 16 };
typedef struct { uint64_t have, want; int size; } Pair;
typedef struct { unsigned char *data; size_t size; Pair *pairs; unsigned pair_count; int tried; } Input;

static unsigned char seen[MAP], counts[MAP], current[MOST];
static uint32_t touched[MAP], touched_count, previous, fresh, steps;
static size_t current_size;
static Input kept[KEPT];
static unsigned kept_count;
static Pair pairs[PAIRS];
static unsigned pair_count;
static uint64_t state;
static const char *crash_file;
static int running;
static unsigned long runs, most;

static uint64_t draw(uint64_t below) {
    state ^= state << 13; state ^= state >> 7; state ^= state << 17;
    return below ? state % below : 0;
}

static uint32_t mix(uint64_t a, uint64_t b) {
    uint64_t h = (a * 0x9E3779B97F4A7C15ull) ^ (b * 0xC2B2AE3D27D4EB4Full);
    return (uint32_t)((h >> 29) % MAP);
}

static int feature(uint32_t at) { return seen[at] ? 0 : (fresh++, seen[at] = 1); }

void __sanitizer_cov_trace_pc(void) {
    uint64_t pc = (uint64_t)__builtin_return_address(0);
    if (!running) return;
    uint32_t at = mix(pc, previous);
    previous = (uint32_t)(pc >> 1);
    if (!counts[at]) touched[touched_count++] = at;
    if (counts[at] < 255) counts[at]++;
}

static void compared(uint64_t pc, uint64_t a, uint64_t b, int size) {
    if (!running || a == b || (a | b) >> 40) return;   /* pointers differ from run to run */
    feature(mix(pc, 1000 + (uint64_t)__builtin_popcountll(a ^ b)));
    uint64_t far = a > b ? a - b : b - a;
    feature(mix(pc, 2000 + (uint64_t)__builtin_clzll(far | 1)));
    for (unsigned i = 0; i < pair_count && i < 64; i++)
        if (pairs[i].have == a && pairs[i].want == b) return;
    Pair *pair = &pairs[pair_count++ % PAIRS];
    pair->have = a; pair->want = b; pair->size = size;
}

#define TRACE(NAME, TYPE, SIZE) \
    void __sanitizer_cov_trace_##NAME(TYPE a, TYPE b) { \
        compared((uint64_t)__builtin_return_address(0), a, b, SIZE); }
TRACE(cmp1, uint8_t, 1) TRACE(cmp2, uint16_t, 2) TRACE(cmp4, uint32_t, 4) TRACE(cmp8, uint64_t, 8)
TRACE(const_cmp1, uint8_t, 1) TRACE(const_cmp2, uint16_t, 2)
TRACE(const_cmp4, uint32_t, 4) TRACE(const_cmp8, uint64_t, 8)
void __sanitizer_cov_trace_cmpf(float a, float b) { (void)a; (void)b; }
void __sanitizer_cov_trace_cmpd(double a, double b) { (void)a; (void)b; }
void __sanitizer_cov_trace_switch(uint64_t value, uint64_t *cases) {
    for (uint64_t i = 0; i < cases[0]; i++)
        compared((uint64_t)__builtin_return_address(0) + i, value, cases[2 + i], (int)(cases[1] / 8));
}

static void died(void) {
    FILE *file = fopen(crash_file, "wb");
    if (!file) return;
    fwrite(current, 1, current_size, file);
    fclose(file);
}

static void keep(void) {
    unsigned at = kept_count < KEPT ? kept_count++ : (unsigned)draw(KEPT);
    free(kept[at].data); free(kept[at].pairs);
    kept[at].data = malloc(current_size + 1);
    memcpy(kept[at].data, current, current_size);
    kept[at].size = current_size;
    kept[at].pair_count = pair_count < PAIRS ? pair_count : PAIRS;
    kept[at].pairs = malloc(sizeof(Pair) * (kept[at].pair_count + 1));
    memcpy(kept[at].pairs, pairs, sizeof(Pair) * kept[at].pair_count);
    kept[at].tried = !steps;   /* only what went a new way */
}

static void run(void) {
    unsigned char *copy = malloc(current_size ? current_size : 1);   /* a read past the input is seen too */
    memcpy(copy, current, current_size);
    runs++;
    fresh = steps = 0; touched_count = 0; previous = 0; pair_count = 0; running = 1;
    LLVMFuzzerTestOneInput(copy, current_size);
    running = 0;
    free(copy);
    for (uint32_t i = 0; i < touched_count; i++) {
        uint32_t at = touched[i];
        steps += (uint32_t)feature(mix(at + 1, 3000 + (uint64_t)(31 - __builtin_clz(counts[at]))));
        counts[at] = 0;
    }
    if (fresh) keep();
}

static void put(size_t at, uint64_t value, int size, int big) {
    for (int i = 0; i < size && at + (size_t)i < MOST; i++) {
        current[at + (size_t)i] = (unsigned char)(value >> (8 * (big ? size - 1 - i : i)));
        if (at + (size_t)i >= current_size) current_size = at + (size_t)i + 1;
    }
}

static int holds(size_t at, uint64_t value, int size, int big) {
    for (int i = 0; i < size; i++)
        if (at + (size_t)i >= current_size ||
            current[at + (size_t)i] != (unsigned char)(value >> (8 * (big ? size - 1 - i : i)))) return 0;
    return 1;
}

static int width_of(uint64_t have, uint64_t want, int most) {
    if (have < 256 && want < 256) return 1;
    return have < 65536 && want < 65536 ? 2 : most;
}

/* One of the comparisons that the target made: make its operands equal where one of them is in the input. */
static void solve(const Input *from) {
    if (!from->pair_count) return;
    Pair pair = from->pairs[draw(from->pair_count)];
    uint64_t have = pair.have, want = pair.want;
    if (draw(2)) { uint64_t t = have; have = want; want = t; }
    int size = width_of(have, want, pair.size), big = (int)draw(2);
    if (!draw(4)) want += draw(2) ? 1 : (uint64_t)-1;
    size_t start = draw(current_size);
    for (size_t i = 0; i < current_size; i++) {
        size_t at = (start + i) % current_size;
        if (holds(at, have, size, big)) { put(at, want, size, big); return; }
    }
    put(draw(current_size + 1), want, size, big);
}

/* Every comparison of an input once, at every place where an operand stands. */
static void solve_all(unsigned number) {
    static unsigned char data[MOST];
    static Pair all[PAIRS];
    size_t size = kept[number].size;
    unsigned count = kept[number].pair_count;
    memcpy(data, kept[number].data, size);
    memcpy(all, kept[number].pairs, sizeof(Pair) * count);
    kept[number].tried = 1;
    for (unsigned n = 0; n < 4 * count && runs < most; n++) {
        uint64_t have = n & 1 ? all[n / 4].want : all[n / 4].have;
        uint64_t want = n & 1 ? all[n / 4].have : all[n / 4].want;
        int width = width_of(have, want, all[n / 4].size), big = (n >> 1) & 1;
        if (big && width == 1) continue;
        for (size_t at = 0; at < size; at++) {
            current_size = size;
            memcpy(current, data, size);
            if (!holds(at, have, width, big)) continue;
            put(at, want, width, big);
            run();
        }
    }
}

static void insert(size_t at, size_t count) {
    if (current_size + count > MOST) return;
    memmove(current + at + count, current + at, current_size - at);
    for (size_t i = 0; i < count; i++) current[at + i] = (unsigned char)draw(256);
    current_size += count;
}

static void mutate(const Input *from) {
    static const unsigned char edges[] = {0, 1, 2, 3, 4, 8, 16, 31, 32, 63, 64, 100, 127, 128, 200, 255};
    size_t at = draw(current_size), count;
    switch (current_size ? draw(11) : 4) {
    case 0: current[at] ^= (unsigned char)(1u << draw(8)); break;
    case 1: current[at] = (unsigned char)draw(256); break;
    case 2: current[at] = edges[draw(sizeof edges)]; break;
    case 3: current[at] += draw(2) ? 1 : -1; break;
    case 4: insert(draw(current_size + 1), 1 + draw(draw(4) ? 8 : 64)); break;
    case 5: count = 1 + draw(current_size - at);
        memmove(current + at, current + at + count, current_size - at - count); current_size -= count; break;
    case 6: count = draw(2) ? current_size - at : 1 + draw(current_size - at);   /* a piece once more, at the end */
        if (current_size + count <= MOST) { memmove(current + current_size, current + at, count);
            current_size += count; }
        break;
    case 7: { Input *other = &kept[draw(kept_count)];
        count = other->size > MOST - at ? MOST - at : other->size;
        memcpy(current + at, other->data, count); current_size = at + count; break; }
    case 8: { Input *other = &kept[draw(kept_count)];   /* the end of another input, at the end */
        size_t start = draw(other->size + 1);
        count = other->size - start > MOST - current_size ? MOST - current_size : other->size - start;
        memcpy(current + current_size, other->data + start, count); current_size += count; break; }
    default: solve(from);
    }
}

static void start(size_t size, unsigned char filled) {
    current_size = size;
    memset(current, filled, size);
    run(); keep();
}

int main(int argc, char **argv) {
    static char word[80];
    if (argc < 3 || !fgets(word, sizeof word, stdin)) return 2;
    prctl(PR_SET_DUMPABLE, 0);
    state = 0x9E3779B97F4A7C15ull;
    most = strtoul(argv[1], NULL, 10);
    crash_file = argv[2];
    __sanitizer_set_death_callback(died);
    if (argc > 3) {
        FILE *file = fopen(argv[3], "rb");
        if (!file) return 2;
        current_size = fread(current, 1, MOST, file);
        fclose(file);
        run();
    } else {
        start(0, 0); start(1, 0); start(64, 0); start(64, 1); start(200, 255);
        for (size_t i = 0; i < 256; i++) current[i] = (unsigned char)i;
        current_size = 256; run(); keep();
    }
    for (unsigned long round = 0; runs < most; round++) {
        for (unsigned n = 0; n < kept_count && !(round % 1000); n++)
            if (!kept[n].tried) { solve_all(n); break; }
        Input *from = &kept[draw(2) ? draw(kept_count) : kept_count - 1 - draw(kept_count < 8 ? kept_count : 8)];
        current_size = from->size;
        memcpy(current, from->data, from->size);
        for (uint64_t n = 1 + draw(draw(2) ? 2 : 8); n; n--) mutate(from);
        if (current_size > 512) current_size = 512;
        run();
    }
    printf("%lu runs, %u inputs kept, no crash\n%s", runs, kept_count, word);
    return 0;
}
