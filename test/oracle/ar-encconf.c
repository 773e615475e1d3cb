/* SPDX-License-Identifier: Apache-2.0 */

/* ar-encconf: our verdict on an EncryptionConfiguration, with the field paths of upstream's errors.
 */

#include <string.h>

#include "diag/encheck.h"
#include "serve.h"

/* Upstream builds only what it has validated; we say both at once. */
static bool is_build_stage(const struct ar_finding *finding)
{
	static const char *const ids[] = { "resource-masked", "kms-v1-off", "kms-v2-off" };

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		if (strcmp(finding->cause->id, ids[i]) == 0)
			return true;
	}
	return false;
}

static void add_paths(const struct ar_findings *findings, json_t *ret_answer)
{
	json_t *paths = json_array(), *causes = json_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct ar_finding *finding = &findings->list[i];
		if (finding->severity != AR_ERROR)
			continue;
		if (!is_build_stage(finding))
			json_array_append_new(paths,
					      json_string(finding->where != NULL ? finding->where
										 : ""));
		json_array_append_new(causes,
				      json_sprintf("%s: %s", finding->cause->id, finding->what));
	}
	json_object_set_new(ret_answer, "paths", paths);
	json_object_set_new(ret_answer, "causes", causes);
}

static int answer(const struct request *request, json_t *ret_answer, struct ar_err *err)
{
	AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	const struct ar_encconf_opts opts = { .minor = request->minor,
					      .hot_reload = request->reload };

	if (ar_encconf_check(&request->text, &opts, &findings, &tree, &conf, err) != 0)
		return -1;
	add_paths(&findings, ret_answer);
	return ar_encconf_refused(&findings) ? ar_err_set(err, "refused") : 0;
}

int main(void)
{
	return serve(true, answer);
}
