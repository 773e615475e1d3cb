/* SPDX-License-Identifier: Apache-2.0 */
#include "net/grpc.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "net/http_impl.h"

#define MAX_MESSAGE ((size_t)64 << 20)
#define HEAD        5 /* before each message: compressed or not, and its length */

/* What the headers and trailers of an answer say. Each answer begins with a status line. */
struct state {
	const struct ar_buf *body;
	bool is_grpc;   /* its content type */
	int code;       /* -1: none was told */
	size_t told_at; /* of the body, when the code was told: its end, or it is not the end's */
	char message[400];
};

/* --- headers and trailers ----------------------------------------------------------------------
 */

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* What is no escape stands for itself: a server's mistake must not hide what it says. */
static void add_decoded(struct ar_buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const int high = text[i] == '%' && i + 2 < len ? hex(text[i + 1]) : -1;
		const int low = high >= 0 ? hex(text[i + 2]) : -1;

		ar_buf_addc(out, low >= 0 ? (char)(unsigned char)(high * 16 + low) : text[i]);
		i += low >= 0 ? 2 : 0;
	}
}

/* Decoded and printable, cut between two characters where it does not fit. */
static void take_message(struct state *state, const char *value, size_t len)
{
	AR_BUF_AUTO struct ar_buf decoded = AR_BUF_INIT;
	AR_BUF_AUTO struct ar_buf shown = AR_BUF_INIT;
	const size_t room = sizeof state->message - 1;

	add_decoded(&decoded, value, len);
	ar_buf_add_printable(&shown, ar_buf_text(&decoded), decoded.len);
	const char *text = ar_buf_text(&shown);
	size_t fits = shown.len < room ? shown.len : room;
	while (fits < shown.len && fits > 0 && ((unsigned char)text[fits] & 0xc0) == 0x80)
		fits--;
	memcpy(state->message, text, fits);
	state->message[fits] = '\0';
}

static void take_status(struct state *state, const char *value, size_t len)
{
	int code = 0;

	for (size_t i = 0; i < len && code >= 0; i++)
		code = i < 3 && isdigit((unsigned char)value[i]) ? code * 10 + (value[i] - '0')
								 : -1;
	state->code = len > 0 ? code : -1;
	state->told_at = state->body->len;
}

static void take_type(struct state *state, const char *value, size_t len)
{
	static const char type[] = "application/grpc";
	const size_t own = sizeof type - 1;

	state->is_grpc = len >= own && strncasecmp(value, type, own) == 0 &&
			 (len == own || strchr("+; ", value[own]));
}

static const struct {
	const char *name;
	void (*take)(struct state *state, const char *value, size_t len);
} fields[] = {
	{ "content-type", take_type },
	{ "grpc-status", take_status },
	{ "grpc-message", take_message },
};

static void take_line(struct state *state, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	const char *end = line + len, *value = colon ? colon + 1 : end;

	while (value < end && isspace((unsigned char)*value))
		value++;
	while (end > value && isspace((unsigned char)end[-1]))
		end--;
	for (size_t i = 0; colon && i < sizeof fields / sizeof *fields; i++)
		if ((size_t)(colon - line) == strlen(fields[i].name) &&
		    strncasecmp(line, fields[i].name, (size_t)(colon - line)) == 0)
			fields[i].take(state, value, (size_t)(end - value));
}

static struct state state_of(const struct ar_buf *body)
{
	return (struct state){ .body = body, .code = -1 };
}

/* libcurl hands trailers over as it does headers, behind the body. */
static size_t take_header(char *line, size_t one, size_t len, void *user)
{
	struct state *state = user;

	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
		*state = state_of(state->body);
	else
		take_line(state, line, len);
	return one * len;
}

/* --- the answer --------------------------------------------------------------------------------
 */

static int not_grpc(const struct ar_http *http, const char *what, struct ar_err *err)
{
	ar_err_set(err, "%s does not answer in gRPC: %s", http->peer, what);
	return ar_err_hint(err, "something else listens there, or a proxy in between; correct "
				"address and port");
}

/* libcurl takes a connection that a server closes in order for the answer's end, even where the
 * trailers were yet to be read (seen with 7.88): without a code it counts as broken off. */
static int check_end(const struct ar__easy *easy, const struct state *state, struct ar_err *err)
{
	if (state->code >= 0 && state->told_at == easy->body.len)
		return 0;
	if (!ar_err_is_set(err)) {
		ar_err_set(err, "the answer of %s ends without a grpc-status", easy->http->peer);
		err->sys = ECONNRESET;
	}
	return ar_err_hint(err, "a server that is just stopping does this; try again");
}

/* Is it an answer in gRPC's form, with a code? */
static int check_form(const struct ar__easy *easy, const struct state *state, struct ar_err *err)
{
	struct ar_http_response response = AR_HTTP_RESPONSE_INIT;
	char what[40];

	ar__easy_read(easy, &response);
	if (!response.http2)
		return not_grpc(easy->http, "it has HTTP/1 only, and gRPC needs HTTP/2", err);
	snprintf(what, sizeof what, "HTTP status %d", response.status);
	if (response.status != 200)
		return not_grpc(easy->http, what, err);
	if (!state->is_grpc)
		return not_grpc(easy->http, "the content type is another", err);
	return check_end(easy, state, err);
}

/* Takes the frame off, which must be all that came. */
static int unframe(const struct ar_http *http, struct ar_buf *body, struct ar_err *err)
{
	const unsigned char *head = (const unsigned char *)ar_buf_text(body);

	if (body->len < HEAD)
		return not_grpc(http, "there is no message", err);
	if (head[0] != 0)
		return not_grpc(http, "the message is compressed, which was not asked for", err);
	const size_t len = (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 |
			   head[4];
	if (len > body->len - HEAD)
		return not_grpc(http, "the message is cut off", err);
	if (len < body->len - HEAD)
		return not_grpc(http, "there is more than one message", err);
	memmove(body->data, body->data + HEAD, len + 1);
	body->len = len;
	return 0;
}

static int read_answer(struct ar__easy *easy, const struct state *state, struct ar_grpc_reply *ret,
		       struct ar_err *err)
{
	if (check_form(easy, state, err) != 0 ||
	    (state->code == AR_GRPC_OK && unframe(easy->http, &easy->body, err) != 0))
		return -1;
	ret->code = state->code;
	ret->message[0] = '\0';
	if (state->code != AR_GRPC_OK) {
		memcpy(ret->message, state->message, sizeof ret->message);
		return 0;
	}
	ret->body = easy->body;
	easy->body = (struct ar_buf)AR_BUF_INIT;
	return 0;
}

/* --- the call ----------------------------------------------------------------------------------
 */

static int frame(const struct ar_buf *message, struct ar_buf *out, struct ar_err *err)
{
	const size_t len = message->len;
	const char head[HEAD] = { 0, (char)(len >> 24), (char)(len >> 16), (char)(len >> 8),
				  (char)len };

	if (len > UINT32_MAX)
		return ar_err_set(err, "a message of %zu bytes is too large for gRPC", len);
	ar_buf_add(out, head, HEAD);
	ar_buf_add(out, ar_buf_text(message), len);
	out->failed = out->failed || message->failed;
	return ar_buf_check(out, err);
}

static bool set_header_taker(struct ar__easy *easy, struct state *state)
{
	return curl_easy_setopt(easy->curl, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
	       curl_easy_setopt(easy->curl, CURLOPT_HEADERDATA, state) == CURLE_OK;
}

int ar_grpc_unary(struct ar_http *http, const struct ar_grpc_call *call, struct ar_grpc_reply *ret,
		  struct ar_err *err)
{
	static char te[] = "TE: trailers";
	AR_BUF_AUTO struct ar_buf body = AR_BUF_INIT;
	AR_EASY_AUTO struct ar__easy easy = { .also = te };
	struct state state = state_of(&easy.body);

	if (frame(call->message, &body, err) != 0 || ar__easy_open(&easy, http, err) != 0)
		return -1;
	const struct ar_http_request request = {
		.method = "POST",
		.path = call->method,
		.body = { .data = body.data, .len = body.len },
		.content_type = "application/grpc",
		.accept = "application/grpc",
		.timeout_ms = call->timeout_ms,
		.max_body = (call->max ? call->max : MAX_MESSAGE) + HEAD,
		.secret = call->secret,
	};
	if (ar__easy_ask(&easy, &request, err) != 0)
		return -1;
	if (!set_header_taker(&easy, &state))
		return ar_err_set(err, "libcurl does not take a call to %s", http->peer);
	CURLcode code = ar__easy_run(&easy);
	return code == CURLE_OK ? read_answer(&easy, &state, ret, err)
				: ar__easy_explain(&easy, code, err);
}

void ar_grpc_reply_done(struct ar_grpc_reply *reply)
{
	ar_buf_done(&reply->body);
	reply->code = 0;
	reply->message[0] = '\0';
}
