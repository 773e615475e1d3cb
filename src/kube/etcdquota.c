/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/etcdconf.h"
#include "kube/etcdpod.h"

static bool read_bytes(const char *text, size_t len, int64_t *ret)
{
	bool negative = len > 0 && text[0] == '-';
	int64_t value = 0;

	if (len == (negative ? 1u : 0u))
		return false;
	for (size_t i = negative ? 1 : 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || value > (INT64_MAX - 9) / 10)
			return false;
		value = value * 10 + (text[i] - '0');
	}
	*ret = negative ? INT64_MAX : value;
	return true;
}

/* The last one holds, and of those only what is a number. */
static void take_quota(void *user, const char *value, size_t len)
{
	read_bytes(value, len, user);
}

int64_t ar_etcd_quota_of(const struct ar_text *manifest)
{
	int64_t quota = 0;

	ar__etcd_settings(manifest, "quota-backend-bytes", take_quota, &quota);
	return quota;
}
