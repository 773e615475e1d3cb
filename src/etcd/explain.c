/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "etcd/client_impl.h"

#define ANY (-1)

/* etcd's errors, by code and by what stands in their text (its api/v3rpc/rpctypes/error.go); the
 * first row that fits counts. */
static const struct cause {
	int code;
	const char *text; /* "": whatever it says */
	int sys;
	const char *hint; /* "": none */
} causes[] = {
	{ AR_GRPC_OUT_OF_RANGE, "has been compacted", ESTALE, "" },
	{ AR_GRPC_OUT_OF_RANGE, "future revision", 0,
	  "etcd may have been restored from a snapshot meanwhile: begin anew" },
	{ ANY, "revision in header is old", EAGAIN, "" },
	{ ANY, "permission denied", EACCES,
	  "etcd's own RBAC is on: give the user of this certificate (its CN) a role that may read "
	  "these keys, or use a certificate of root" },
	{ ANY, "user name", EACCES,
	  "etcd's own RBAC is on: the CN of the client certificate has to be one of its users" },
	{ ANY, "auth token", EACCES,
	  "etcd's own RBAC is on: the CN of the client certificate has to be one of its users" },
	{ ANY, "space exceeded", ENOSPC,
	  "compact and defragment, then disarm the alarm: 'etcdctl alarm disarm'" },
	{ ANY, "larger than max", EFBIG, "" },
	{ ANY, "corrupt", 0,
	  "'etcdctl alarm list' says which member; it has to be replaced before anything else" },
	{ AR_GRPC_DENIED, "", EACCES, "" },
	{ AR_GRPC_UNAUTHENTICATED, "", EACCES, "" },
	{ AR_GRPC_UNAVAILABLE, "", EAGAIN,
	  "see whether a majority of etcd's members runs: 'etcdctl endpoint status --cluster'" },
	{ AR_GRPC_DEADLINE, "", EAGAIN, "" },
	{ AR_GRPC_EXHAUSTED, "", EAGAIN, "" },
	{ AR_GRPC_UNIMPLEMENTED, "", 0, "etcd 3.4 or newer is needed" },
};

int ar__etcd_explain(const struct ar__etcd_peer *peer, const struct ar_grpc_reply *reply,
		     struct ar_err *err)
{
	const struct cause *found = NULL;

	for (size_t i = 0; i < sizeof causes / sizeof *causes && !found; i++)
		if ((causes[i].code == ANY || causes[i].code == reply->code) &&
		    strstr(reply->message, causes[i].text))
			found = &causes[i];
	if (reply->message[0])
		ar_err_set(err, "etcd at %s says: %s", peer->name, reply->message);
	else
		ar_err_set(err, "etcd at %s answers with gRPC's code %d", peer->name, reply->code);
	err->sys = found ? found->sys : 0;
	return found && found->hint[0] ? ar_err_hint(err, "%s", found->hint) : -1;
}
