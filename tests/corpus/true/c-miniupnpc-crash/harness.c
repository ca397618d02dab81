/* Parse the description of a device, as the client does with what a device sends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "igd_desc_parse.h"
#include "minixml.h"

int main(int argc, char **argv)
{
	static char text[1 << 16];
	FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
	if (file == NULL)
		return 2;
	size_t size = fread(text, 1, sizeof text, file);
	fclose(file);

	struct IGDdatas *found = calloc(1, sizeof *found);
	char *description = malloc(size);
	if (found == NULL || description == NULL)
		return 2;
	memcpy(description, text, size);
	struct xmlparser parser;
	memset(&parser, 0, sizeof parser);
	parser.xmlstart = description;
	parser.xmlsize = (int)size;
	parser.data = found;
	parser.starteltfunc = IGDstartelt;
	parser.endeltfunc = IGDendelt;
	parser.datafunc = IGDdata;
	parsexml(&parser);
	printf("%s\n", found->presentationurl);
	free(description);
	free(found);
	return 0;
}
