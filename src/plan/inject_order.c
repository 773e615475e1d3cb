/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "plan/inject_impl.h"

/*
 * Where kubeadm puts a flag that it is given in extraArgs, by the version that wrote the manifest.
 *
 * It kept one list sorted by name (`x` before `x-y`, though '-' sorts before '=') from 1.14 on. The
 * patch releases of early 2026 changed that (kubernetes PR 135400 and its cherry-picks): the base
 * flags are sorted, and the given ones stand behind them in the order given. Mounts and volumes are
 * sorted by volume name in all versions.
 */
static const struct {
	int minor, patch; /* from 1.<minor>.<patch> on; the last row holds for all later minors */
} appends_from[] = {
	{ 32, 12 }, { 33, 8 }, { 34, 4 }, { 35, 1 }, { 36, 0 },
};

static bool version_appends(int minor, int patch)
{
	const size_t rows = sizeof appends_from / sizeof *appends_from;

	for (size_t i = 0; i < rows; i++)
		if (minor == appends_from[i].minor)
			return patch >= appends_from[i].patch;
	return minor > appends_from[rows - 1].minor;
}

/* Compares two names, up to '='. */
static int compare_names(const char *a, const char *b)
{
	size_t a_len = strcspn(a, "="), b_len = strcspn(b, "=");
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order != 0 ? order : a_len < b_len ? -1 : a_len > b_len;
}

size_t ar__sorted_index(const void *context, size_t count, ar__name_at *at, const char *name)
{
	const char *before = NULL;
	size_t place = count;

	for (size_t i = 0; i < count; i++) {
		const char *this = at(context, i);

		if (!this || (before && compare_names(before, this) > 0))
			return count;
		if (place == count && compare_names(this, name) > 0)
			place = i;
		before = this;
	}
	return place;
}

/* The flags that stand in the list that takes new ones, behind the program. */
struct flags {
	const struct ar_pod *pod;
	size_t first;
};

static const char *flag_name(const void *context, size_t index)
{
	const struct flags *flags = context;
	const char *text = flags->pod->args[flags->first + index].text;

	return strncmp(text, "--", 2) == 0 ? text + 2 : NULL;
}

size_t ar__flag_index(const struct ar_pod *pod, const char *name)
{
	struct flags flags = { pod, pod->first_flag > pod->list_start ? pod->first_flag
								      : pod->list_start };
	size_t end = pod->list_start + ar_node_count(pod->tree, pod->args_list);

	if (end > pod->end_flag && pod->end_flag >= flags.first)
		end = pod->end_flag;
	size_t count = end - flags.first;
	size_t place = version_appends(pod->minor, pod->patch)
			       ? count
			       : ar__sorted_index(&flags, count, flag_name, name);
	return flags.first + place - pod->list_start;
}

static const char *mount_name(const void *context, size_t index)
{
	return ((const struct ar_pod *)context)->mounts[index].name;
}

static const char *volume_name(const void *context, size_t index)
{
	return ((const struct ar_pod *)context)->volumes[index].name;
}

size_t ar__mount_index(const struct ar_pod *pod, const char *name)
{
	return ar__sorted_index(pod, pod->mount_count, mount_name, name);
}

size_t ar__volume_index(const struct ar_pod *pod, const char *name)
{
	return ar__sorted_index(pod, pod->volume_count, volume_name, name);
}
