/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/json.h"
#include "flow/archive.h"
#include "flow/sealer.h"

/* What is said of sealed files: names, dates, and where they are from. Never a key. */

/* Lines for people: host, time, path and sha256 of the config, and its keys. */
void ar_show_parcel(struct ar_report *report, const struct ar_parcel *parcel);
/* The same as an object; NULL when memory is out. */
json_t *ar_json_parcel(const struct ar_parcel *parcel);
/* What a sealer seals for. */
json_t *ar_json_sealer(const struct ar_sealer *sealer);
/* The keys that stand in clear in these files. */
void ar_show_archive(struct ar_report *report, const struct ar_archived *list, size_t count);
/* The same as a document. */
void ar_json_print_archive(struct ar_report *report, const struct ar_archived *list, size_t count);
