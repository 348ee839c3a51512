#include <stdlib.h>
#include <string.h>

extern char **environ;

// libcontainer passes its own GOMAXPROCS on to init, mostly empty.
static const char empty[] = "GOMAXPROCS=";
static char one[] = "GOMAXPROCS=1";

__attribute__((constructor)) static void one_processor_for_init(void) {
	char **entry;

	if (getenv("_LIBCONTAINER_INITPIPE") == NULL)
		return;
	// In place: the Go runtime reads the array that the kernel made.
	for (entry = environ; *entry != NULL; entry++)
		if (strcmp(*entry, empty) == 0)
			*entry = one;
}
