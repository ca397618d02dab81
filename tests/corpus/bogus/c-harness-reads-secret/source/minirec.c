#include "minirec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void minirec_open(struct minirec_reader *reader, const unsigned char *bytes, size_t size) {
    reader->next = bytes;
    reader->left = size;
}

static char *plain(const unsigned char *bytes, size_t size) {
    char *text = malloc(size + 1);
    if (text) {
        memcpy(text, bytes, size);
        text[size] = '\0';
    }
    return text;
}

static char *number(const unsigned char *bytes, size_t size) {
    unsigned long long value = 0;
    char *text = malloc(24);
    for (size_t i = 0; i < size; i++) value = value << 8 | bytes[i];
    if (text) snprintf(text, 24, "%llu", value);
    return text;
}

static char *date(const unsigned char *bytes) {
    char *text = malloc(16);
    if (text) snprintf(text, 16, "%04u-%02u-%02u", bytes[0] << 8 | bytes[1], bytes[2], bytes[3]);
    return text;
}

static char *repeated(const unsigned char *bytes, size_t size) {
    unsigned char times = bytes[0];
    size_t unit = size - 1;
    size_t length = times * unit;
    char *text = malloc(length + 1);
    if (!text) return NULL;
    char *end = text;
    for (unsigned i = 0; i < times; i++)
        for (size_t j = 0; j < unit; j++) *end++ = (char)bytes[1 + j];
    *end = '\0';
    return text;
}

enum minirec_status minirec_next(struct minirec_reader *reader, char **text) {
    if (reader->left == 0) return MINIREC_END;
    if (reader->left < 2 || reader->left - 2 < reader->next[1]) return MINIREC_MALFORMED;

    unsigned char tag = reader->next[0];
    size_t size = reader->next[1];
    const unsigned char *bytes = reader->next + 2;

    switch (tag) {
    case 'T': *text = plain(bytes, size); break;
    case 'N':
        if (size > 8) return MINIREC_MALFORMED;
        *text = number(bytes, size);
        break;
    case 'D':
        if (size != 4) return MINIREC_MALFORMED;
        *text = date(bytes);
        break;
    case 'R':
        if (size == 0) return MINIREC_MALFORMED;
        *text = repeated(bytes, size);
        break;
    default: return MINIREC_MALFORMED;
    }
    if (!*text) return MINIREC_NO_MEMORY;

    reader->next += 2 + size;
    reader->left -= 2 + size;
    return MINIREC_OK;
}
