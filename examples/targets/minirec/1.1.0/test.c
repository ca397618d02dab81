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
    expect("", 0, MINIREC_END, NULL);
    expect("T\5hello", 7, MINIREC_OK, "hello");
    expect("N\2\1\2", 4, MINIREC_OK, "258");
    expect("R\3\4ab", 5, MINIREC_OK, "abababab");
    expect("R\0", 2, MINIREC_MALFORMED, NULL);
    expect("T\5hell", 6, MINIREC_MALFORMED, NULL);
    expect("?\0", 2, MINIREC_MALFORMED, NULL);
    return 0;
}
