/* Build with: cc -o test test.c minirec.c */
#include "minirec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void expect(const char *bytes, size_t size, enum minirec_status status, const char *wanted) {
    struct minirec_reader reader;
    char *text = NULL;
    minirec_open(&reader, (const unsigned char *)bytes, size);
    assert(minirec_next(&reader, &text) == status);
    if (status == MINIREC_OK) {
        assert(strcmp(text, wanted) == 0);
        free(text);
    }
}

int main(void) {
    char many[301];
    memset(many, 'x', 300);
    many[300] = '\0';
    expect("", 0, MINIREC_END, NULL);
    expect("T\5hello", 7, MINIREC_OK, "hello");
    expect("N\2\1\2", 4, MINIREC_OK, "258");
    expect("D\4\7\352\6\2", 6, MINIREC_OK, "2026-06-02");
    expect("R\3\4ab", 5, MINIREC_OK, "abababab");
    expect("R\4\144xxx", 6, MINIREC_OK, many);
    expect("R\0", 2, MINIREC_MALFORMED, NULL);
    expect("T\5hell", 6, MINIREC_MALFORMED, NULL);
    expect("?\0", 2, MINIREC_MALFORMED, NULL);
    return 0;
}
