// Make the DNS query for the name that the input holds.
#include <stdio.h>
#include <string.h>
#include "ares.h"

int main(int argc, char **argv)
{
  char name[300] = "";
  unsigned char *query = NULL;
  int size = 0;
  FILE *file = fopen(argc > 1 ? argv[1] : "", "r");

  if (!file || !fgets(name, sizeof(name), file))
    return 2;
  fclose(file);
  name[strcspn(name, "\r\n")] = '\0';
  if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
    return 3;
  const int status = ares_create_query(name, 1, 1, 0x2a, 1, &query, &size, 0);
  printf("%s: %d bytes\n", ares_strerror(status), size);
  if (query)
    ares_free_string(query);
  ares_library_cleanup();
  return 0;
}
