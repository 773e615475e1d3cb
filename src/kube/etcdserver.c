/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "kube/etcdconf_impl.h"

#define PORT  2379u
#define HTTPS "https://"
#define HTTP  "http://"

const struct ar_etcd_fault_text ar__etcd_faults[AR_ETCD_FAULTS] = {
	[AR_ETCD_HTTP] = { "is reached without TLS, which is not spoken here",
			   "etcd without TLS hands every Secret to whoever reaches its port; give "
			   "it certificates, as kubeadm does" },
	[AR_ETCD_NOT_HTTPS] = { "is no https:// address", "write https://HOST:PORT" },
	[AR_ETCD_USER] = { "has a user in front of the host",
			   "etcd knows the API server by its certificate; write "
			   "https://HOST:PORT" },
	[AR_ETCD_HOST] = { "names no proper host", "write https://HOST:PORT" },
	[AR_ETCD_PORT] = { "has no proper port", "write https://HOST:PORT" },
	[AR_ETCD_MANY] = { "is one more than are handled", "name sixteen at most" },
};

struct ar_word ar__cut(struct ar_word *rest, char separator)
{
	const char *end = memchr(rest->at, separator, rest->len);
	struct ar_word part = { rest->at, end ? (size_t)(end - rest->at) : rest->len };
	size_t step = part.len + (end ? 1 : 0);

	rest->at += step;
	rest->len -= step;
	return part;
}

static bool starts(struct ar_word word, const char *with)
{
	return word.len >= strlen(with) && memcmp(word.at, with, strlen(with)) == 0;
}

static bool is_host(struct ar_word host, bool in_brackets)
{
	static const char name[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._";
	static const char address[] = "0123456789abcdefABCDEF:.";

	for (size_t i = 0; i < host.len; i++)
		if (!host.at[i] || !strchr(in_brackets ? address : name, host.at[i]))
			return false;
	return host.len > 0;
}

/* ":2379", or nothing, which is `usual`. 0: no port. */
static unsigned port_of(struct ar_word text, unsigned usual)
{
	unsigned port = 0;

	if (text.len == 0)
		return usual;
	if (text.at[0] != ':' || text.len < 2)
		return 0;
	for (size_t i = 1; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return 0;
		port = port * 10 + (unsigned)(text.at[i] - '0');
		if (port > 65535)
			return 0;
	}
	return port;
}

static struct ar_word host_of(struct ar_word *rest, bool *ret_brackets)
{
	const char *colon;

	*ret_brackets = starts(*rest, "[") && memchr(rest->at, ']', rest->len);
	if (*ret_brackets) {
		rest->at++;
		rest->len--;
		return ar__cut(rest, ']');
	}
	colon = memchr(rest->at, ':', rest->len);
	struct ar_word host = { rest->at, colon ? (size_t)(colon - rest->at) : rest->len };
	rest->at += host.len;
	rest->len -= host.len;
	return host;
}

/* https://HOST[:PORT][/]. Without a scheme the client takes TLS, too, where it has certificates. */
static enum ar_etcd_fault read_server(struct ar_word text, unsigned usual,
				      struct ar_etcd_server *ret)
{
	bool brackets;

	if (starts(text, HTTP))
		return AR_ETCD_HTTP;
	if (starts(text, HTTPS))
		text = (struct ar_word){ text.at + strlen(HTTPS), text.len - strlen(HTTPS) };
	else if (memmem(text.at, text.len, "://", 3))
		return AR_ETCD_NOT_HTTPS;
	if (memchr(text.at, '@', text.len))
		return AR_ETCD_USER;
	if (text.len > 0 && text.at[text.len - 1] == '/')
		text.len--;
	struct ar_word host = host_of(&text, &brackets);
	unsigned port = port_of(text, usual);
	if (!is_host(host, brackets) || host.len >= sizeof ret->host)
		return AR_ETCD_HOST;
	if (port == 0)
		return AR_ETCD_PORT;
	*ret = (struct ar_etcd_server){ .port = port };
	memcpy(ret->host, host.at, host.len);
	return AR_ETCD_FINE;
}

bool ar_etcd_server_read(const char *text, size_t len, unsigned port, struct ar_etcd_server *ret)
{
	return read_server((struct ar_word){ text, len }, port, ret) == AR_ETCD_FINE;
}

enum ar_etcd_fault ar__etcd_servers(struct ar_word list, char separator,
				    struct ar_etcd_server servers[AR_ETCD_SERVERS], size_t *count,
				    size_t *ret_which)
{
	for (*ret_which = 1; list.len > 0; ++*ret_which) {
		struct ar_word text = ar__cut(&list, separator);
		struct ar_etcd_server server;
		enum ar_etcd_fault fault = read_server(text, PORT, &server);

		if (fault != AR_ETCD_FINE)
			return fault;
		if (*count == AR_ETCD_SERVERS)
			return AR_ETCD_MANY;
		servers[(*count)++] = server;
	}
	return AR_ETCD_FINE;
}
