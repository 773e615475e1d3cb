/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "etcd/census.h"
#include "etcd/client_impl.h"

/* What the three ways of a census share. */

/* A folder as a range of keys. */
struct ar__census_folder {
	const char *key;
	size_t len;
	char *end; /* as long as key */
};
#define AR_CENSUS_FOLDER_INIT \
	{                     \
		.key = NULL   \
	}
#define AR_CENSUS_FOLDER_AUTO __attribute__((cleanup(ar__census_folder_done)))
int ar__census_folder(const struct ar_census_ask *ask, struct ar__census_folder *ret,
		      struct ar_err *err);
void ar__census_folder_done(struct ar__census_folder *folder);

/* Adds `count` values of this kind and name to their group, and to the sums but for total. */
void ar__census_add(struct ar_census *census, const struct ar_stored *stored, bool current,
		    int64_t count);
/* A writer whose values are told from all others by how they begin. */
bool ar__census_has_prefix(const struct ar_writer *writer);
/* The value of a writer, as far as its prefix tells it. */
struct ar_stored ar__census_stored(const struct ar_writer *writer);
/* The bound above all values that begin with the prefix: its last byte one more. */
void ar__census_above(const char *prefix, char *buf, size_t size);
/* Is etcd's data little enough for a comparison (AR_CENSUS_COMPARE_MAX)? And how much is in use. */
int ar__census_may_compare(struct ar_etcd *etcd, int64_t *ret_in_use, bool *ret,
			   struct ar_err *err);
/* The whole census by the offenders alone, where they are few and values are large: `each` is
 * called for them only, in the order of their keys. *ret_found false: not to be had this way, and
 * nothing was told. */
int ar__census_few(struct ar_etcd *etcd, const struct ar_census_ask *ask, struct ar_census *ret,
		   bool *ret_found, struct ar_err *err);
