/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/discovery.h"

/*
 * The cluster's own engine: a StorageVersionMigration object makes kube-controller-manager rewrite
 * every object of a resource (storagemigration.k8s.io; v1beta1 from 1.35, v1 from 1.37; needs the
 * controller with its gate on). It shows no progress but conditions.
 */

#define AR_MIGRATION_PREFIX "atrest-"

enum ar_migration_state {
	AR_MIGRATION_PENDING, /* no condition yet: the controller has not taken it up */
	AR_MIGRATION_RUNNING,
	AR_MIGRATION_SUCCEEDED,
	AR_MIGRATION_FAILED,
};

struct ar_migration {
	char version[64]; /* of the API: "v1" */
	char name[128];   /* atrest-secrets-RANDOM, made by us */
	enum ar_migration_state state;
	char message[400]; /* of the condition, printable; "" */
};

/* Does this server serve the API? Its version into ret; false: not. */
bool ar_migration_served(const struct ar_discovery *discovery, char ret_version[64]);
/* A migration of ours for this resource that has not ended, to go on with; name "" where there is
 * none. */
int ar_migration_find(struct ar_api *api, const char *version, const struct ar_resource *resource,
		      struct ar_migration *ret, struct ar_err *err);
/* Makes one. */
int ar_migration_create(struct ar_api *api, const char *version, const struct ar_resource *resource,
			struct ar_migration *ret, struct ar_err *err);
/* Reads its state. ENOENT in err->sys: somebody removed it. */
int ar_migration_look(struct ar_api *api, struct ar_migration *migration, struct ar_err *err);
/* Removes it once it has ended. */
int ar_migration_remove(struct ar_api *api, const struct ar_migration *migration,
			struct ar_err *err);
