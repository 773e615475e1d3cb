/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "plan/inject_impl.h"

/* The first patch release of each minor in which kubeadm no longer sorts extraArgs among its own flags, but puts them last;
 * every later minor is like the last row. Source: kubeadm's util/arguments.go in each release (docs/upstream.md). */
static const struct {
	int minor, patch;
} appends_from[] = { { 32, 12 }, { 33, 8 }, { 34, 4 }, { 35, 1 }, { 36, 0 } };

static bool appends(const struct ar_pod *pod)
{
	size_t rows = sizeof appends_from / sizeof appends_from[0];

	for (size_t i = 0; i < rows; i++)
		if (pod->minor == appends_from[i].minor)
			return pod->patch >= appends_from[i].patch;
	return pod->minor > appends_from[rows - 1].minor;
}

static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order != 0 ? order : a_len < b_len ? -1 : a_len > b_len;
}

size_t ar__sorted_index(const void *context, size_t count, ar__name_at *at, const char *name)
{
	const char *before = "";
	size_t place = count;

	for (size_t i = 0; i < count; i++) {
		const char *this = at(context, i);
		if (!this || compare(before, strcspn(before, "="), this, strcspn(this, "=")) > 0)
			return count;
		if (place == count && compare(this, strcspn(this, "="), name, strlen(name)) > 0)
			place = i;
		before = this;
	}
	return place;
}

static const char *flag_at(const void *context, size_t index)
{
	const struct ar_pod *pod = context;
	const char *text = pod->args[pod->first_flag + index].text;

	return strncmp(text, "--", 2) == 0 ? text + 2 : NULL;
}

size_t ar__flag_index(const struct ar_pod *pod, const char *name)
{
	size_t count = pod->end_flag - pod->first_flag;
	size_t place = appends(pod) ? count : ar__sorted_index(pod, count, flag_at, name);

	return pod->first_flag + place - pod->list_start;
}

static const char *mount_at(const void *context, size_t index)
{
	return ((const struct ar_pod *)context)->mounts[index].name;
}

size_t ar__mount_index(const struct ar_pod *pod, const char *name)
{
	return ar__sorted_index(pod, pod->mount_count, mount_at, name);
}

static const char *volume_at(const void *context, size_t index)
{
	return ((const struct ar_pod *)context)->volumes[index].name;
}

size_t ar__volume_index(const struct ar_pod *pod, const char *name)
{
	return ar__sorted_index(pod, pod->volume_count, volume_at, name);
}
