/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "plan/next.h"

/* Any bytes as a kubeadm config: refused, or patched once and never twice. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ar_observation seen = {
		.file = { .name = "kubeadm", .data = (const char *)data, .len = size },
	};
	const struct ar_goal goal = {
		.kind = AR_GOAL_PERSIST,
		.create = true,
		.wanted = { .config = "/etc/kubernetes/enc.yaml",
			    .flag_path = "/etc/kubernetes/enc.yaml",
			    .mount_host = "/etc/kubernetes/enc.yaml",
			    .mount_path = "/etc/kubernetes/enc.yaml",
			    .mount_type = "File",
			    .name = "encryption-config" },
	};
	AR_STEP_AUTO struct ar_step step = AR_STEP_INIT;
	AR_STEP_AUTO struct ar_step again = AR_STEP_INIT;
	struct ar_err err = AR_ERR_INIT;
	enum ar_next next;

	if (ar_plan_next(&seen, &goal, &next, &step, &err) != 0 || next == AR_NEXT_DONE)
		return 0;
	const struct ar_observation after = ar_world_after(&seen, &step);
	if (ar_plan_next(&after, &goal, &next, &again, &err) != 0 || next != AR_NEXT_DONE)
		abort();
	return 0;
}
