/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/err.h"
#include "base/text.h"

/*
 * A kubeconfig (admin.conf, super-admin.conf): what its current context says of the server, of who
 * may have signed its certificate, and of who we are.
 *
 * Certificates, keys and tokens given in the file are decoded into guarded memory; where it names
 * files instead, their paths are told, and whoever reads files fills the bytes in
 * (ar_kubeconfig_fill). Refused: a server that is not https, or has a user in its URL; certificates
 * that are not to be verified; users that another program makes, or that act as somebody else.
 *
 * Shape and rules: client-go's tools/clientcmd/api/v1; data wins over a file's path.
 */

enum ar_kubeconfig_part {
	AR_KUBECONFIG_CA,
	AR_KUBECONFIG_CERT,
	AR_KUBECONFIG_KEY,
	AR_KUBECONFIG_TOKEN,
	AR_KUBECONFIG_PARTS
};

/* One of them: its bytes, or the path of the file that has them; neither: it is not there. */
struct ar_kubeconfig_blob {
	char *data; /* guarded memory, NUL behind len */
	size_t len;
	char path[256];
};

struct ar_kubeconfig {
	char from[256];        /* the file's name */
	char server[256];      /* as it stands there: https://10.0.0.1:6443 */
	char host[256];        /* of it, IPv6 without brackets */
	unsigned port;         /* of it; 443 where it names none */
	char server_name[256]; /* tls-server-name, "" where there is none */
	char user[256];        /* the user's name in the file */
	struct ar_kubeconfig_blob parts[AR_KUBECONFIG_PARTS];
};

#define AR_KUBECONFIG_INIT \
	{                  \
		.port = 0  \
	}
#define AR_KUBECONFIG_AUTO __attribute__((cleanup(ar_kubeconfig_done)))
/* Wipes and releases it; it is AR_KUBECONFIG_INIT again. */
void ar_kubeconfig_done(struct ar_kubeconfig *conf);

/* Reads `text`, as a secret one whatever it says of itself. `ret` must be AR_KUBECONFIG_INIT; it is
 * set only on success. */
int ar_kubeconfig_read(const struct ar_text *text, struct ar_kubeconfig *ret, struct ar_err *err);
/* Fills a part with a file's bytes (copied to guarded memory). A token loses the blanks around it.
 */
int ar_kubeconfig_fill(struct ar_kubeconfig *conf, enum ar_kubeconfig_part part, const char *data,
		       size_t len, struct ar_err *err);
