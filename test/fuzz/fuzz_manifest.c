/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "atrest.h"

/* Laws 2 and 3 on any bytes: what is patched is not patched again, and keeps the old bytes in their
 * order. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The old text is the new one less insertions, but for an empty value ([] or null) that a list took
 * the place of. */
static int keeps_ends(const char *old, size_t old_len, const char *new_, size_t new_len)
{
	size_t head = 0;

	while (head < old_len && head < new_len && old[head] == new_[head])
		head++;
	return new_len >= old_len - (old_len < 8 ? old_len : 8) && head > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ar_message message;
	char *out = NULL, *again = NULL;
	size_t len = 0, again_len = 0;

	if (ar_manifest_patch((const char *)data, size, "/etc/kubernetes/enc.yaml", &out, &len,
			      &message) != 1)
		return 0;
	if (!keeps_ends((const char *)data, size, out, len) ||
	    ar_manifest_patch(out, len, "/etc/kubernetes/enc.yaml", &again, &again_len, &message) !=
		    0)
		abort();
	free(out);
	return 0;
}
