/* minirec: reads small records. A record is a tag, a length, and that many bytes.
 *
 *   'T'  text, as it stands
 *   'N'  a number, big-endian
 *   'D'  a date: two bytes for the year, one for the month, one for the day
 *   'R'  repeated text: how many times, then the text
 */
#ifndef MINIREC_H
#define MINIREC_H

#include <stddef.h>

enum minirec_status { MINIREC_OK, MINIREC_END, MINIREC_MALFORMED, MINIREC_NO_MEMORY };

struct minirec_reader {
    const unsigned char *next;
    size_t left;
};

void minirec_open(struct minirec_reader *reader, const unsigned char *bytes, size_t size);

/* The next record as text in *text, which the caller frees; only where MINIREC_OK is returned. */
enum minirec_status minirec_next(struct minirec_reader *reader, char **text);

#endif
