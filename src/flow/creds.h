/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/client.h"
#include "flow/session.h"

/*
 * Credentials for this node's API server: --kubeconfig, else admin.conf, else super-admin.conf. The
 * server spoken to is this node's, by its manifest's address, whatever the file names.
 */

#define AR_ADMIN_CONF       "/etc/kubernetes/admin.conf"
#define AR_SUPER_ADMIN_CONF "/etc/kubernetes/super-admin.conf"

struct ar_creds {
	struct ar_api *api; /* NULL: there are none; `why` says so */
	char file[256];     /* where they are from */
	char why[400];
};

/* Opens them. None that can be used is no error where none were `given`: the API is then left out
 * of what is seen. `where` may have no address. -1: the given file cannot be used, or no memory. */
int ar_creds_open(const struct ar_session *session, const char *given,
		  const struct ar_api_where *where, struct ar_creds *ret, struct ar_err *err);
/* Closes the connection, wipes them; it may be opened again. */
void ar_creds_done(struct ar_creds *creds);
