/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "etcd/census_impl.h"

/* Between which bounds (both exclusive) all values lie that begin with a text: above the text
 * itself, which is none with anything behind it, and below the text with its last byte one more. */
struct bounds {
	enum ar_stored_kind kind;
	const char *low, *high;
};

/* What identity writes. Each is proved alone: protobuf lies below k8s:enc:, JSON above it. */
static const struct bounds plain[] = {
	{ AR_STORED_PROTOBUF, "k8s", "k8s\x01" }, /* k8s\0 */
	{ AR_STORED_JSON, "{", "|" },
};

/* --- bounds of a writer ------------------------------------------------------------------------
 */

bool ar__census_has_prefix(const struct ar_writer *writer)
{
	return writer && writer->prefix[0] && !writer->ambiguous;
}

struct ar_stored ar__census_stored(const struct ar_writer *writer)
{
	return ar_stored_read(writer->prefix, strlen(writer->prefix), NULL, 0);
}

void ar__census_above(const char *prefix, char *buf, size_t size)
{
	const size_t len = strnlen(prefix, size - 1);

	ar_etcd_prefix_end(prefix, len, buf);
	buf[len] = '\0';
}

int ar__census_may_compare(struct ar_etcd *etcd, int64_t *ret_in_use, bool *ret, struct ar_err *err)
{
	struct ar_etcd_member member;
	struct ar_err own = AR_ERR_INIT;

	if (ar__etcd_status(etcd, &member, &own) != 0) {
		/* Pages may be allowed where Status is not. */
		*ret = false;
		return own.sys == EACCES ? 0 : (*err = ar_err_is_set(err) ? *err : own, -1);
	}
	*ret_in_use = member.db_in_use;
	*ret = member.db_in_use <= AR_CENSUS_COMPARE_MAX;
	return 0;
}

/* --- the folders -------------------------------------------------------------------------------
 */

struct proof {
	struct ar_etcd *etcd;
	const struct ar_census_ask *asks;
	struct ar_census *censuses;
	struct ar__census_folder folders[AR_ETCD_COMPARES];
	size_t which[AR_ETCD_COMPARES]; /* of asks */
	size_t count;                   /* of those that are not empty */
};

static void proof_empty(struct proof *proof)
{
	for (size_t i = 0; i < proof->count; i++)
		ar__census_folder_done(&proof->folders[i]);
	proof->count = 0;
}

/* Counts a folder; one that has keys waits for the comparison. */
static int add_folder(struct proof *proof, size_t index, struct ar_err *err)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	AR_CENSUS_FOLDER_AUTO struct ar__census_folder folder = AR_CENSUS_FOLDER_INIT;

	if (ar__census_folder(&proof->asks[index], &folder, err) != 0)
		return -1;
	const struct ar_etcd_range range = { .key = folder.key,
					     .key_len = folder.len,
					     .end = folder.end,
					     .end_len = folder.len,
					     .count_only = true };
	if (ar_etcd_range(proof->etcd, &range, &page, err) != 0)
		return -1;
	memset(&proof->censuses[index], 0, sizeof *proof->censuses);
	proof->censuses[index].revision = page.revision;
	proof->censuses[index].proved = true;
	if (page.total == 0)
		return 0;
	proof->folders[proof->count] = folder;
	proof->folders[proof->count].end = AR_TAKE(folder.end);
	proof->which[proof->count++] = index;
	return 0;
}

static void fill(struct proof *proof, size_t at, const struct ar_stored *stored,
		 const struct ar_etcd_compared *compared, int64_t count)
{
	struct ar_census *census = &proof->censuses[proof->which[at]];

	census->total = count;
	census->revision = compared->revision;
	ar__census_add(census, stored, true, count);
}

static struct ar_etcd_compare compare_of(const struct proof *proof, size_t at, const char *low,
					 const char *high)
{
	const struct ar__census_folder *folder = &proof->folders[at];

	return (struct ar_etcd_compare){ .key = folder->key,
					 .key_len = folder->len,
					 .end = folder->end,
					 .end_len = folder->len,
					 .low = low,
					 .high = high };
}

/* All that wait, in one transaction, each by its own writer's prefix. */
static int prove_encrypted(struct proof *proof, bool *ret_holds, struct ar_err *err)
{
	struct ar_etcd_compare list[AR_ETCD_COMPARES];
	char highs[AR_ETCD_COMPARES][sizeof((struct ar_writer *)0)->prefix];
	struct ar_etcd_compared compared;
	size_t count = 0;
	size_t at[AR_ETCD_COMPARES];

	for (size_t i = 0; i < proof->count; i++) {
		const struct ar_writer *writer = proof->asks[proof->which[i]].writer;
		if (!writer->prefix[0])
			continue;
		ar__census_above(writer->prefix, highs[count], sizeof highs[count]);
		list[count] = compare_of(proof, i, writer->prefix, highs[count]);
		at[count++] = i;
	}
	*ret_holds = true;
	if (count == 0)
		return 0;
	if (ar_etcd_compare(proof->etcd, list, count, &compared, err) != 0)
		return -1;
	*ret_holds = compared.holds;
	for (size_t i = 0; compared.holds && i < count; i++) {
		const struct ar_stored stored = ar__census_stored(proof->asks[proof->which[at[i]]]
									  .writer);
		fill(proof, at[i], &stored, &compared, compared.counts[i]);
	}
	return 0;
}

/* One folder of an identity writer: all of it protobuf, or all of it JSON. */
static int prove_plain(struct proof *proof, size_t at, bool *ret_holds, struct ar_err *err)
{
	struct ar_etcd_compared compared = { .holds = false };

	for (size_t i = 0; i < sizeof plain / sizeof *plain && !compared.holds; i++) {
		const struct ar_etcd_compare one = compare_of(proof, at, plain[i].low,
							      plain[i].high);
		const struct ar_stored stored = { .kind = plain[i].kind };
		if (ar_etcd_compare(proof->etcd, &one, 1, &compared, err) != 0)
			return -1;
		if (compared.holds)
			fill(proof, at, &stored, &compared, compared.counts[0]);
	}
	*ret_holds = compared.holds;
	return 0;
}

/* What waits is compared, and waits no longer. */
static int prove_waiting(struct proof *proof, bool *ret_holds, struct ar_err *err)
{
	int result = prove_encrypted(proof, ret_holds, err);

	for (size_t i = 0; result == 0 && *ret_holds && i < proof->count; i++)
		if (!proof->asks[proof->which[i]].writer->prefix[0])
			result = prove_plain(proof, i, ret_holds, err);
	proof_empty(proof);
	return result;
}

static bool can_be_proved(const struct ar_census_ask *asks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!asks[i].writer || asks[i].writer->ambiguous)
			return false;
	return true;
}

int ar_census_prove(struct ar_etcd *etcd, const struct ar_census_ask *asks, size_t count,
		    struct ar_census *ret, bool *ret_holds, struct ar_err *err)
{
	__attribute__((cleanup(proof_empty))) struct proof proof = { .etcd = etcd,
								     .asks = asks,
								     .censuses = ret };
	bool holds = can_be_proved(asks, count);
	int64_t in_use;

	if (holds && ar__census_may_compare(etcd, &in_use, &holds, err) != 0)
		return -1;
	for (size_t i = 0; holds && i < count; i++)
		if (add_folder(&proof, i, err) != 0 ||
		    (proof.count == AR_ETCD_COMPARES && prove_waiting(&proof, &holds, err) != 0))
			return -1;
	if (holds && prove_waiting(&proof, &holds, err) != 0)
		return -1;
	*ret_holds = holds;
	return 0;
}
