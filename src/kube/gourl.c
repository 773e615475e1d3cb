/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/govalues.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

struct part {
	const char *at;
	size_t len;
};

static bool is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static unsigned hex_value(const char *at)
{
	unsigned value = 0;

	for (int i = 0; i < 2; i++) {
		unsigned char c = (unsigned char)at[i];
		value = value * 16 + (c <= '9' ? c - (unsigned)'0' : (c | 0x20u) - 'a' + 10u);
	}
	return value;
}

/* May this byte stand in a host as it is? */
static bool host_byte(unsigned char c)
{
	return c >= 0x80 || is_alnum(c) || (c && strchr("!$&'()*+,;=:[]<>\"-_.~", c));
}

enum rule { ANY, HOST, ZONE };

static bool percent_fits(const char *at, enum rule rule)
{
	unsigned value = hex_value(at + 1);

	if (rule == ANY || value == '%')
		return true;
	if (rule == HOST)
		return value >= 0x80; /* a host may only encode what is not ASCII */
	return value == ' ' || (value < 0x80 && host_byte((unsigned char)value));
}

/* Would percent decoding by this part's rule succeed? */
static bool decodes(struct part part, enum rule rule)
{
	for (size_t i = 0; i < part.len; i++) {
		unsigned char c = (unsigned char)part.at[i];
		if (c != '%') {
			if (rule != ANY && !host_byte(c))
				return false;
			continue;
		}
		if (part.len - i < 3 || !is_hex((unsigned char)part.at[i + 1]) ||
		    !is_hex((unsigned char)part.at[i + 2]))
			return false;
		if (!percent_fits(part.at + i, rule))
			return false;
		i += 2;
	}
	return true;
}

static bool is_port(struct part part)
{
	if (part.len && part.at[0] != ':')
		return false;
	for (size_t i = 1; i < part.len; i++)
		if (part.at[i] < '0' || part.at[i] > '9')
			return false;
	return true;
}

static const char *last_of(struct part part, char c)
{
	return part.len ? memrchr(part.at, c, part.len) : NULL;
}

static const char *first_of(struct part part, char c)
{
	return part.len ? memchr(part.at, c, part.len) : NULL;
}

/* An IPv6 address, with a zone behind %25 or without. */
static bool is_ip6(struct part part)
{
	const char *zone = part.len ? memmem(part.at, part.len, "%25", 3) : NULL;
	struct part bare = { part.at, zone ? (size_t)(zone - part.at) : part.len };
	char address[64];
	struct in6_addr parsed;

	if (zone && ((size_t)(part.at + part.len - zone) <= 3 ||
		     !decodes((struct part){ zone, (size_t)(part.at + part.len - zone) }, ZONE)))
		return false;
	if (!decodes(bare, HOST) || bare.len >= sizeof address)
		return false;
	memcpy(address, bare.at, bare.len);
	address[bare.len] = '\0';
	return inet_pton(AF_INET6, address, &parsed) == 1;
}

static bool host_parses(struct part host)
{
	const char *open = last_of(host, '[');
	const char *colon = last_of(host, ':');

	if (open && open > host.at)
		return false;
	if (open) {
		const char *close = last_of(host, ']');
		if (!close)
			return false;
		return is_port((struct part){ close + 1,
					      (size_t)(host.at + host.len - close - 1) }) &&
		       is_ip6((struct part){ open + 1, (size_t)(close - open - 1) });
	}
	if (colon && !is_port((struct part){ colon, (size_t)(host.at + host.len - colon) }))
		return false;
	return decodes(host, HOST);
}

static bool user_parses(struct part user)
{
	for (size_t i = 0; i < user.len; i++) {
		unsigned char c = (unsigned char)user.at[i];
		if (!is_alnum(c) && !(c && strchr("-._:~!$&'()*+,;=%@", c)))
			return false;
	}
	return decodes(user, ANY);
}

/* The scheme's length, 0 where none stands here (or the text begins with a colon). */
static size_t scheme_len(struct part url)
{
	for (size_t i = 0; i < url.len; i++) {
		unsigned char c = (unsigned char)url.at[i];
		if (c == ':')
			return i;
		if (!is_alnum(c) && !(c && strchr("+-.", c)))
			return 0;
		if (i == 0 && (!is_alnum(c) || (c >= '0' && c <= '9')))
			return 0;
	}
	return 0;
}

static bool authority_parses(struct part authority, struct ar_go_url *url)
{
	const char *sign = last_of(authority, '@');
	struct part host = authority;

	if (sign) {
		if (!user_parses((struct part){ authority.at, (size_t)(sign - authority.at) }))
			return false;
		host = (struct part){ sign + 1, (size_t)(authority.at + authority.len - sign - 1) };
	}
	url->host = host.at;
	url->host_len = host.len;
	return host_parses(host);
}

static bool has_control(struct part part)
{
	for (size_t i = 0; i < part.len; i++)
		if ((unsigned char)part.at[i] < ' ' || part.at[i] == 0x7f)
			return true;
	return false;
}

/* What stands before the first `c`; the rest goes to *ret_rest. */
static struct part cut(struct part whole, char c, struct part *ret_rest)
{
	const char *at = first_of(whole, c);

	if (!at)
		return whole;
	*ret_rest = (struct part){ at + 1, (size_t)(whole.at + whole.len - at - 1) };
	return (struct part){ whole.at, (size_t)(at - whole.at) };
}

/* Only what an endpoint needs is told apart: any text whose scheme is not `unix` is refused anyway.
 */
struct ar_go_url ar_go_url_parse(const char *text, size_t len)
{
	struct ar_go_url url = { .host = "", .path = "" };
	struct part fragment = { "", 0 }, query = { "", 0 };
	struct part all = cut((struct part){ text, len }, '#', &fragment);
	size_t scheme = scheme_len(all);

	if (scheme != 4 || strncasecmp(text, "unix", 4) != 0 || has_control(all) ||
	    !decodes(fragment, ANY))
		return url;
	url.unix_scheme = true;
	struct part rest = cut((struct part){ text + 5, all.len - 5 }, '?', &query);
	if (rest.len == 0 || rest.at[0] != '/') {
		url.parses = true; /* opaque: no path at all */
		return url;
	}
	if (rest.len > 1 && rest.at[1] == '/') {
		struct part behind = { rest.at + 2, rest.len - 2 };
		const char *slash = first_of(behind, '/');
		struct part authority = { behind.at,
					  slash ? (size_t)(slash - behind.at) : behind.len };
		rest = (struct part){ authority.at + authority.len, behind.len - authority.len };
		if (!authority_parses(authority, &url))
			return url;
	}
	url.path = rest.at;
	url.path_len = rest.len;
	url.parses = decodes(rest, ANY);
	return url;
}
