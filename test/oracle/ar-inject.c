/* SPDX-License-Identifier: Apache-2.0 */

/* ar-inject: a manifest patched, or with `remove` taken back, as base64. */

#include <stdlib.h>

#include "base/base64.h"
#include "base/scope.h"
#include "plan/inject.h"
#include "serve.h"

static int plan(const struct ar_pod *pod, const struct request *request, struct ar_buf *out,
		struct ar_err *err)
{
	AR_INJECT_AUTO struct ar_inject inject = AR_INJECT_INIT;
	struct ar_wanted_text text;
	struct ar_wanted wanted;
	const char *config = request->config != NULL ? request->config : "/etc/kubernetes/enc.yaml";

	if (ar_wanted_make(config, NULL, "encryption-config", request->reload, &text, &wanted,
			   err) != 0)
		return -1;
	if (request->remove ? ar_inject_remove(pod, &wanted, &inject, err) != 0
			    : ar_inject_plan(pod, &wanted, &inject, err) != 0)
		return -1;
	if (inject.edits.count == 0) { /* done: nothing is to be proved */
		ar_buf_add(out, request->text.data, request->text.len);
		return ar_buf_check(out, err);
	}
	return ar_inject_prove(pod, &wanted, &inject, request->remove, out, err);
}

static int answer(const struct request *request, json_t *ret_answer, struct ar_err *err)
{
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_POD_AUTO struct ar_pod *pod = NULL;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	if (ar_tree_parse(&request->text, 0, &tree, err) != 0 ||
	    ar_pod_read(tree, NULL, &pod, err) != 0 || plan(pod, request, &out, err) != 0)
		return -1;
	AR_FREE_AUTO char *base64 = malloc(AR_BASE64_LEN(out.len) + 1);
	if (base64 == NULL)
		return ar_err_oom(err);
	ar_base64_encode((const uint8_t *)ar_buf_text(&out), out.len, base64);
	return json_object_set_new(ret_answer, "data", json_string(base64));
}

int main(void)
{
	return serve(false, answer);
}
