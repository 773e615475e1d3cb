/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "atrest.h"

/* Any bytes get a verdict: no crash, no leak, and the same one twice. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int first = ar_config_check((const char *)data, size, -1, NULL, NULL);

	if (ar_config_check((const char *)data, size, -1, NULL, NULL) != first)
		abort();
	return 0;
}
