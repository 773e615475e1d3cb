/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#include "api/lease.h"
#include "flow/parcel.h"
#include "flow/told.h"

static void ask_cluster(struct ar_api *api, struct ar_parcel *parcel, struct ar_err *err)
{
	json_t *json = NULL;

	if (ar_api_get(api, "/api/v1/namespaces/kube-system", "read the namespace kube-system",
		       &json, err) != 0)
		return;
	const char *uid = json_string_value(json_object_get(json_object_get(json, "metadata"),
							    "uid"));
	snprintf(parcel->cluster, sizeof parcel->cluster, "%s", uid ? uid : "");
	json_decref(json);
}

static void ask_goal(struct ar_api *api, struct ar_parcel *parcel, struct ar_err *err)
{
	AR_LEASE_AUTO struct ar_lease lease = AR_LEASE_INIT;
	AR_TOLD_AUTO struct ar_told told = AR_TOLD_INIT;

	if (ar_lease_read(api, &lease, err) != 0 ||
	    ar_told_read(lease.annotations, &told, err) != 0)
		return;
	snprintf(parcel->goal, sizeof parcel->goal, "%s", told.goal.key);
}

int ar_parcel_ask(struct ar_api *api, struct ar_parcel *parcel, struct ar_err *err)
{
	struct ar_err unread = AR_ERR_INIT;

	ask_cluster(api, parcel, &unread);
	if (!ar_err_is_set(&unread)) /* else it would only wait once more */
		ask_goal(api, parcel, &unread);
	return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
}
