/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "diag/encheck.h"

/* Shared by the suites of the EncryptionConfiguration. */

#define HEAD "kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\n"
/* Keys that no lint takes for typed or counted, of 32, 32, 16 and 24 bytes. In pieces: no file of
 * ours holds what could be a real one. */
#define KEY_A              \
	"pV3kOzHPm1Yq7Xo0" \
	"sT9uWc2LrF5bJd8nGh6yEa4xQiM="
#define KEY_B              \
	"Zb8vN1cQw5RtYk3m" \
	"Xs7HjL0pAf9eUi2oGd6TqBx4CnE="
#define KEY_16         \
	"pV3kOzHPm1Yq" \
	"7Xo0sT9uWQ=="
#define KEY_24         \
	"pV3kOzHPm1Yq" \
	"7Xo0sT9uWc2LrF5bJd8n"
#define AESCBC "{aescbc: {keys: [{name: key1, secret: " KEY_A "}]}}"

static inline struct ar_text encconf_text(const char *data)
{
	return (struct ar_text){
		.name = "enc.yaml", .data = data, .len = strlen(data), .secret = true
	};
}

/* What the check says to `data`: "id@path" of every finding of severity `least` and worse, in their
 * order, each followed by a blank; with `places` its line and column before: "3:5 id@path ". */
static inline void encconf_verdict(const char *data, const struct ar_encconf_opts *opts,
				   enum ar_severity least, bool places, char *ret, size_t size)
{
	AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	struct ar_err err = AR_ERR_INIT;
	struct ar_text text = encconf_text(data);
	size_t len = 0;

	ck_assert_int_eq(ar_encconf_check(&text, opts, &findings, &tree, &conf, &err), 0);
	ret[0] = '\0';
	for (size_t i = 0; i < findings.count && len < size; i++) {
		const struct ar_finding *finding = &findings.list[i];
		if (finding->severity < least)
			continue;
		if (places)
			len += (size_t)snprintf(ret + len, size - len, "%zu:%zu ", finding->line,
						finding->column);
		len += (size_t)snprintf(ret + len, size - len, "%s@%s ", finding->cause->id,
					finding->where ? finding->where : "");
	}
}
