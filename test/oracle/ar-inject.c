/* SPDX-License-Identifier: Apache-2.0 */

/* ar-inject: a manifest as the planner patches it, or with `remove` takes it back, as base64. */

#include <stdlib.h>

#include "base/base64.h"
#include "base/scope.h"
#include "plan/next.h"
#include "serve.h"

static int add_bytes(const char *data, size_t len, json_t *ret_answer, struct ar_err *err)
{
	AR_FREE_AUTO char *base64 = malloc(AR_BASE64_LEN(len) + 1);

	if (base64 == NULL)
		return ar_err_oom(err);
	ar_base64_encode((const uint8_t *)data, len, base64);
	return json_object_set_new(ret_answer, "data", json_string(base64));
}

static int answer(const struct request *request, json_t *ret_answer, struct ar_err *err)
{
	const char *config = request->config != NULL ? request->config : "/etc/kubernetes/enc.yaml";
	struct ar_goal goal = {
		.kind = request->remove ? AR_GOAL_UNPATCH : AR_GOAL_PATCH,
		.wanted = { .config = config,
			    .name = "encryption-config",
			    .hot_reload = request->reload },
	};
	const struct ar_observation seen = { .file = request->text };
	AR_STEP_AUTO struct ar_step step = AR_STEP_INIT;
	struct ar_wanted_text text;
	enum ar_next next;

	if (ar_wanted_derive(&goal.wanted, NULL, &text, err) != 0 ||
	    ar_plan_next(&seen, &goal, &next, &step, err) != 0)
		return -1;
	if (next == AR_NEXT_DONE)
		return add_bytes(request->text.data, request->text.len, ret_answer, err);
	return add_bytes(ar_buf_text(&step.bytes), step.bytes.len, ret_answer, err);
}

int main(void)
{
	return serve(false, answer);
}
