/* SPDX-License-Identifier: Apache-2.0 */
#include "api/answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static enum ar_answer_kind kind_of(int code, const char *reason)
{
	static const struct {
		int code;
		enum ar_answer_kind kind;
	} known[] = {
		{ 401, AR_ANSWER_UNAUTHORIZED }, { 403, AR_ANSWER_FORBIDDEN },
		{ 404, AR_ANSWER_NOT_FOUND },    { 409, AR_ANSWER_CONFLICT },
		{ 429, AR_ANSWER_BUSY },         { 503, AR_ANSWER_BUSY },
		{ 504, AR_ANSWER_BUSY },
	};

	if (code == 409 && strcmp(reason, "AlreadyExists") == 0)
		return AR_ANSWER_EXISTS;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].code == code)
			return known[i].kind;
	return code / 100 == 2   ? AR_ANSWER_OK
	       : code / 100 == 4 ? AR_ANSWER_REFUSED
	       : code / 100 == 5 ? AR_ANSWER_BROKEN
				 : AR_ANSWER_STRANGE;
}

/* One printable line; line breaks become blanks, what does not fit an ellipsis. */
static void put_line(char *out, size_t size, const char *text, size_t len)
{
	static const char more[] = "…";
	AR_BUF_AUTO struct ar_buf shown = AR_BUF_INIT;

	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == ' '))
		len--;
	/* More than fits is not worth escaping. */
	const size_t look = len < size ? len : size;
	for (size_t i = 0, next; i < look; i = next + 1) {
		const char *end = memchr(text + i, '\n', look - i);
		next = end ? (size_t)(end - text) : look;
		ar_buf_add_printable(&shown, text + i, next - i);
		if (end)
			ar_buf_addc(&shown, ' ');
	}
	const char *line = ar_buf_text(&shown);
	size_t n = shown.len;
	const bool cut = n >= size || look < len;
	if (cut) {
		n = n < size - sizeof more ? n : size - sizeof more;
		while (n > 0 && ((unsigned char)line[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(out, line, n);
	memcpy(out + n, more, cut ? sizeof more : 0);
	if (!cut)
		out[n] = '\0';
}

static bool read_status(const struct ar_buf *body, struct ar_answer *ret)
{
	struct ar_err ignored = AR_ERR_INIT;
	json_auto_t *json = NULL;

	if (ar_answer_json(body, &json, &ignored) != 0 ||
	    strcmp(AR_DIG_TEXT(json, "kind"), "Status") != 0)
		return false;
	const char *reason = AR_DIG_TEXT(json, "reason");
	const char *message = AR_DIG_TEXT(json, "message");
	const json_t *after = AR_DIG(json, "details", "retryAfterSeconds");
	const json_int_t seconds = json_integer_value(after);
	put_line(ret->reason, sizeof ret->reason, reason, strlen(reason));
	put_line(ret->message, sizeof ret->message, message, strlen(message));
	ret->retry_after_s = seconds > 0 ? (unsigned)(seconds > 3600 ? 3600 : seconds) : 0;
	return true;
}

void ar_answer_read(int code, const struct ar_buf *body, struct ar_answer *ret)
{
	*ret = (struct ar_answer){ .code = code };
	/* What succeeded is not looked at here: it may be large, and may bear secrets. */
	if (code / 100 != 2 && !read_status(body, ret) && !body->secret)
		put_line(ret->message, sizeof ret->message, ar_buf_text(body), body->len);
	ret->kind = kind_of(code, ret->reason);
}

/* --- as an error -------------------------------------------------------------------------------
 */

/* By kind: what it means, and what to do. */
static const struct {
	const char *means, *hint;
	int sys;
} told[] = {
	[AR_ANSWER_OK] = { "it succeeded", "", 0 },
	[AR_ANSWER_UNAUTHORIZED] = { "the API server does not believe who this is",
				     "the client certificate or token may have expired, or be of "
				     "another cluster ('kubeadm certs check-expiration' shows it, "
				     "'kubeadm certs renew' mends it); or name another file with "
				     "--kubeconfig",
				     0 },
	[AR_ANSWER_FORBIDDEN] = { "it is forbidden",
				  "take credentials that may do this: --kubeconfig "
				  "/etc/kubernetes/admin.conf or super-admin.conf; if they may, an "
				  "admission policy or quota of the cluster forbids it",
				  0 },
	[AR_ANSWER_NOT_FOUND] = { "it does not exist", "", ENOENT },
	[AR_ANSWER_EXISTS] = { "it exists already", "", EEXIST },
	[AR_ANSWER_CONFLICT] = { "somebody else changed it meanwhile",
				 "run the same command again: it looks anew", 0 },
	[AR_ANSWER_BUSY] = { "the API server is busy", "wait a little and try again", EAGAIN },
	[AR_ANSWER_REFUSED] = { "the API server refuses it", "", 0 },
	[AR_ANSWER_BROKEN] = { "the API server failed",
			       "its log says more: under /var/log/pods, or 'crictl logs'", 0 },
	[AR_ANSWER_STRANGE] = { "no API server answers so",
				"a proxy, or something else, listens there; correct address and "
				"port",
				0 },
};

int ar_answer_err(const struct ar_answer *answer, const struct ar_asked *asked, struct ar_err *err)
{
	const bool user = asked->user && asked->user[0];

	if (ar_err_is_set(err))
		return -1;
	ar_err_set(err, "cannot %s as %s%s%s%s: %s (%d)%s%s", asked->what, user ? "'" : "",
		   user ? asked->user : "the user", user ? "' of " : " of ", asked->from,
		   told[answer->kind].means, answer->code, answer->message[0] ? ": " : "",
		   answer->message);
	err->sys = told[answer->kind].sys;
	if (told[answer->kind].hint[0])
		ar_err_hint(err, "%s", told[answer->kind].hint);
	return -1;
}

/* --- JSON --------------------------------------------------------------------------------------
 */

int ar_answer_json(const struct ar_buf *body, json_t **ret, struct ar_err *err)
{
	json_error_t problem;
	json_t *json = json_loadb(ar_buf_text(body), body->len,
				  JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &problem);

	if (!json && json_error_code(&problem) == json_error_out_of_memory)
		return ar_err_oom(err);
	if (!json)
		return ar_err_set(err, "an answer of the API server is no JSON (at byte %d of %zu)",
				  problem.position, body->len);
	*ret = json;
	return 0;
}

json_t *ar_answer_dig(const json_t *json, const char *const *keys)
{
	json_t *at = json_object_get(json, keys[0]);

	for (size_t i = 1; at && keys[i]; i++)
		at = json_object_get(at, keys[i]);
	return at;
}

const char *ar_answer_text(const json_t *json, const char *const *keys)
{
	const char *text = json_string_value(ar_answer_dig(json, keys));

	return text ? text : "";
}
