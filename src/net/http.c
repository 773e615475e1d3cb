/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http.h"

#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/secret.h"
#include "net/http_impl.h"

/* CURLOPT_PROTOCOLS_STR and the blob options as they are used here. */
#define OLDEST_CURL 0x075500

static int check_curl(struct ar_err *err)
{
	const curl_version_info_data *have = curl_version_info(CURLVERSION_NOW);

	if (have->version_num < OLDEST_CURL)
		return ar_err_set(err, "libcurl %s is too old: 7.85 is needed", have->version);
	if (!(have->features & CURL_VERSION_SSL) || !have->ssl_version ||
	    !strstr(have->ssl_version, "OpenSSL"))
		return ar_err_set(err, "libcurl %s has no OpenSSL", have->version);
	return 0;
}

static int setup(struct ar_err *err)
{
	static bool done;

	if (done)
		return 0;
	/* libcurl would write every session's keys there. */
	unsetenv("SSLKEYLOGFILE");
	if (check_curl(err) != 0)
		return ar_err_hint(err, "install the libcurl4 that atrest was packaged with");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return ar_err_set(err, "libcurl cannot start");
	done = true;
	return 0;
}

/* --- what may stand in a request ---------------------------------------------------------------
 */

static bool all_of(const char *text, size_t len, const char *allowed)
{
	for (size_t i = 0; i < len; i++)
		if (!text[i] || !strchr(allowed, text[i]))
			return false;
	return len > 0;
}

static bool is_host(const char *host)
{
	return all_of(host, strlen(host),
		      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:%");
}

/* RFC 6750's b64token, and the dots and dashes of JSON web tokens that are in it. */
static bool is_token(const struct ar_bytes *token)
{
	return all_of(token->data, token->len,
		      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=");
}

static int check_base(const struct ar_http_base *base, struct ar_err *err)
{
	if (!is_host(base->host))
		return ar_err_set(err, "the server's name in %s is no host name or address",
				  base->user_from);
	if (base->address && !is_host(base->address))
		return ar_err_set(err, "the server's address is no host name or address");
	if (base->port == 0 || base->port > 65535)
		return ar_err_set(err, "%u is no port", base->port);
	if (base->ca.len == 0)
		return ar_err_set(err, "%s has no CA to verify the server by", base->ca_from);
	if (base->token.len > 0 && !is_token(&base->token))
		return ar_err_set(err, "the token of %s has characters that no token has",
				  base->user_from);
	if ((base->cert.len > 0) != (base->key.len > 0))
		return ar_err_set(err, "%s has a client certificate or its key, but not both",
				  base->user_from);
	return 0;
}

/* --- copies ------------------------------------------------------------------------------------
 */

/* "host:port", with brackets around an IPv6 address; malloc'ed. */
static char *host_port(const char *host, unsigned port, const char *before, const char *after)
{
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	const bool v6 = strchr(host, ':');

	ar_buf_addf(&out, "%s%s%s%s:%u%s", before, v6 ? "[" : "", host, v6 ? "]" : "", port, after);
	return out.failed ? NULL : AR_TAKE(out.data);
}

static char *copy(const struct ar_bytes *from)
{
	char *to = malloc(from->len + 1);

	if (!to)
		return NULL;
	if (from->len > 0)
		memcpy(to, from->data, from->len);
	to[from->len] = '\0';
	return to;
}

static char *copy_secret(const char *before, const struct ar_bytes *from)
{
	const size_t head = strlen(before);
	char *to = ar_secret_alloc(head + from->len + 1);

	if (!to)
		return NULL;
	memcpy(to, before, head);
	memcpy(to + head, from->data, from->len);
	to[head + from->len] = '\0';
	return to;
}

/* How messages call the server. */
static char *peer_of(const struct ar_http_base *base)
{
	AR_BUF_AUTO struct ar_buf after = AR_BUF_INIT;

	if (base->address && strcmp(base->address, base->host) != 0)
		ar_buf_addf(&after, " (at %s)", base->address);
	return after.failed ? NULL : host_port(base->host, base->port, "", ar_buf_text(&after));
}

static bool copy_connect_to(struct ar_http *http, const struct ar_http_base *base)
{
	if (!base->address)
		return true;
	AR_FREE_AUTO char *from = host_port(base->host, base->port, "", ":");
	http->connect_to = from ? host_port(base->address, base->port, from, "") : NULL;
	return http->connect_to;
}

static bool copy_credentials(struct ar_http *http, const struct ar_http_base *base)
{
	if (base->cert.len > 0) {
		http->cert = copy(&base->cert);
		http->cert_len = base->cert.len;
		http->key = copy_secret("", &base->key);
		http->key_len = base->key.len;
	}
	if (base->token.len > 0)
		http->authorization = copy_secret("Authorization: Bearer ", &base->token);
	return (base->cert.len == 0 || (http->cert && http->key)) &&
	       (base->token.len == 0 || http->authorization);
}

static bool copy_base(struct ar_http *http, const struct ar_http_base *base)
{
	http->multi = curl_multi_init();
	http->origin = host_port(base->host, base->port, "https://", "");
	http->peer = peer_of(base);
	http->host = strdup(base->host);
	http->ca = copy(&base->ca);
	http->ca_len = base->ca.len;
	http->ca_from = strdup(base->ca_from);
	http->user_from = strdup(base->user_from);
	http->kind = base->kind;
	return copy_connect_to(http, base) && copy_credentials(http, base) && http->multi &&
	       http->origin && http->peer && http->host && http->ca && http->ca_from &&
	       http->user_from;
}

int ar_http_open(const struct ar_http_base *base, struct ar_http **ret, struct ar_err *err)
{
	if (setup(err) != 0 || check_base(base, err) != 0)
		return -1;
	AR_HTTP_AUTO struct ar_http *http = calloc(1, sizeof *http);
	if (!http || !copy_base(http, base))
		return ar_err_oom(err);
	*ret = AR_TAKE(http);
	return 0;
}

void ar_http_close(struct ar_http *http)
{
	if (!http)
		return;
	curl_multi_cleanup(http->multi);
	ar_secret_free(http->key);
	ar_secret_free(http->authorization);
	char *const plain[] = { http->origin, http->peer, http->host,    http->connect_to,
				http->ca,     http->cert, http->ca_from, http->user_from };
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		free(plain[i]);
	free(http);
}

const char *ar_http_library(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}
