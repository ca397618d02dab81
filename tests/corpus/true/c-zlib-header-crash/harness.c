/* Unpack a gzip stream that arrives 64 bytes at a time, and show the extra field of its header. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "zlib.h"

enum { PIECE = 64, ROOM = 96 };

int main(int argc, char *argv[])
{
	unsigned char piece[PIECE], out[4096];
	gz_header header;
	z_stream stream;
	int status = Z_OK;
	FILE *arriving = argc > 1 ? fopen(argv[1], "rb") : NULL;

	memset(&stream, 0, sizeof stream);
	memset(&header, 0, sizeof header);
	if (arriving == NULL || inflateInit2(&stream, 15 + 16) != Z_OK)
		return 2;
	header.extra = malloc(ROOM);
	header.extra_max = ROOM;
	inflateGetHeader(&stream, &header);
	while (status == Z_OK && (stream.avail_in = (uInt)fread(piece, 1, sizeof piece, arriving)) > 0) {
		stream.next_in = piece;
		do {
			stream.next_out = out;
			stream.avail_out = sizeof out;
			status = inflate(&stream, Z_NO_FLUSH);
			fwrite(out, 1, sizeof out - stream.avail_out, stdout);
		} while (status == Z_OK && stream.avail_in > 0);
	}
	printf("\n%u bytes of extra field, status %d\n", header.extra_len, status);
	inflateEnd(&stream);
	free(header.extra);
	fclose(arriving);
	return 0;
}
