/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/scope.h"
#include "crypt/seal_impl.h"

/* The head, line by line, in the one order in which it is written. */
struct reading {
	struct ar_text text;
	size_t at;               /* of the next line */
	size_t start, len;       /* of the line that was taken */
	size_t value, value_len; /* of it, behind its word */
	struct ar_sealed *out;
	struct ar_err *err;
};

void ar_sealed_done(struct ar_sealed *sealed)
{
	for (size_t i = 0; i < sealed->key_count; i++)
		free(sealed->keys[i]);
	free(sealed->keys);
	free(sealed->recipients);
	if (sealed->inside) {
		free(sealed->inside->boxed);
		free(sealed->inside->cipher);
	}
	free(sealed->inside);
	*sealed = (struct ar_sealed)AR_SEALED_INIT;
}

static int malformed(struct reading *in, const char *what)
{
	ar_err_at(in->err, &in->text, in->start, "%s", what);
	return ar_err_hint(in->err, "no atrest has written it so: take the file from where it "
				    "was made");
}

/* --- the frame: first line, last line, sum ---------------------------------------------------- */

static int check_first(const struct ar_text *text, struct ar_err *err)
{
	static const char first[] = SEAL_FIRST;
	const size_t len = sizeof first - 1;
	unsigned long version = 0;

	if (text->len < len || memcmp(text->data, first, len) != 0) {
		ar_err_set(err, "'%s' is no sealed file of atrest", text->name);
		return ar_err_hint(err, "'atrest export' makes one");
	}
	size_t at = len;
	for (; at < text->len && text->data[at] >= '0' && text->data[at] <= '9' && version < 1000;
	     at++)
		version = version * 10 + (unsigned long)(text->data[at] - '0');
	if (at < text->len && text->data[at] == '\r') {
		ar_err_set(err, "the line ends of '%s' were changed (to CRLF) on its way",
			   text->name);
		return ar_err_hint(err, "send it as a file, not as text");
	}
	if (at == len || at == text->len || text->data[at] != '\n' || version == 0) {
		ar_err_set(err, "'%s' is damaged in its first line", text->name);
		return ar_err_hint(err, "take it again from where it was made");
	}
	if (version == AR_SEALED_VERSION)
		return 0;
	ar_err_set(err,
		   "'%s' was sealed by a newer atrest: version %lu of the form, this one knows %d",
		   text->name, version, AR_SEALED_VERSION);
	return ar_err_hint(err, "use an atrest that is as new as the one that made it");
}

/* Where the last line begins. */
static int find_end(const struct ar_text *text, size_t *ret_at, struct ar_err *err)
{
	const size_t whole = strlen(SEAL_END) +
			     AR_SHA256_HEX; /* the NUL's place is the newline's */

	if (text->len > whole) {
		const char *end = text->data + text->len - whole;
		if (end[-1] == '\n' && end[whole - 1] == '\n' &&
		    memcmp(end, SEAL_END, strlen(SEAL_END)) == 0) {
			*ret_at = text->len - whole;
			return 0;
		}
	}
	ar_err_set(err,
		   "'%s' does not end with its last line: it was cut off, or something was added",
		   text->name);
	return ar_err_hint(err, "take it again from where it was made");
}

static int check_sum(const struct ar_text *text, size_t end, struct ar_err *err)
{
	char sum[AR_SHA256_HEX];

	ar_sha256_hex(text->data, end, sum);
	if (memcmp(text->data + end + strlen(SEAL_END), sum, sizeof sum - 1) == 0)
		return 0;
	ar_err_set(err, "'%s' is damaged: it is not what its last line says", text->name);
	return ar_err_hint(err, "take it again from where it was made");
}

/* --- lines ------------------------------------------------------------------------------------ */

static bool take_line(struct reading *in)
{
	const char *from = in->text.data + in->at;
	const char *end = in->at < in->text.len ? memchr(from, '\n', in->text.len - in->at) : NULL;

	in->start = in->at;
	if (!end)
		return false;
	in->len = (size_t)(end - from);
	in->at += in->len + 1;
	return true;
}

/* Takes the next line if it is "word: value". */
static bool take_word(struct reading *in, const char *word)
{
	const struct reading before = *in;
	const size_t len = strlen(word);

	if (take_line(in) && in->len > len + 2 &&
	    memcmp(in->text.data + in->start, word, len) == 0 &&
	    memcmp(in->text.data + in->start + len, ": ", 2) == 0) {
		in->value = in->start + len + 2;
		in->value_len = in->len - len - 2;
		return true;
	}
	*in = before;
	return false;
}

/* The next part of a value, up to a blank; empty behind the last. */
static struct ar_text take_part(struct reading *in)
{
	const char *from = in->text.data + in->value;
	const char *blank = memchr(from, ' ', in->value_len);
	const size_t len = blank ? (size_t)(blank - from) : in->value_len;
	const size_t step = blank ? len + 1 : len;

	in->value += step;
	in->value_len -= step;
	return (struct ar_text){ .name = in->text.name, .data = from, .len = len };
}

/* Decimal, no sign, no leading zero; 0 is none. */
static size_t number_of(struct ar_text part, size_t most)
{
	size_t number = 0;

	for (size_t i = 0; i < part.len; i++) {
		const char c = part.data[i];
		if (c < '0' || c > '9' || (i == 0 && c == '0') || number > most)
			return 0;
		number = number * 10 + (size_t)(c - '0');
	}
	return number;
}

static bool hex_of(struct ar_text part, uint8_t *ret, size_t len)
{
	size_t got = 0;

	return part.len == len * 2 &&
	       sodium_hex2bin(ret, len, part.data, part.len, NULL, &got, NULL) == 0 && got == len;
}

static bool base64_of(struct ar_text part, uint8_t *ret, size_t len)
{
	return part.len == AR_BASE64_LEN(len) &&
	       ar_base64_decode(part.data, part.len, NULL, NULL) == (long)len &&
	       ar_base64_decode(part.data, part.len, ret, NULL) == (long)len;
}

/* --- what the lines say ----------------------------------------------------------------------- */

static int read_kind(struct reading *in)
{
	if (!take_word(in, "kind"))
		return malformed(in, "a line 'kind: …' is expected here");
	for (int kind = AR_SEALED_EXPORT; kind <= AR_SEALED_ARCHIVE; kind++)
		if (ar_text_is(in->text.data + in->value, in->value_len,
			       ar_sealed_kind_name((enum ar_sealed_kind)kind))) {
			in->out->kind = (enum ar_sealed_kind)kind;
			return 0;
		}
	return malformed(in, "what kind of sealed file this is, is not known");
}

static int read_made(struct reading *in)
{
	if (!take_word(in, "made") || in->value_len >= sizeof in->out->made)
		return malformed(in, "a line 'made: …' is expected here");
	memcpy(in->out->made, in->text.data + in->value, in->value_len);
	return 0;
}

/* One byte of a name, as it stands or as "%61". Returns how long it is there, 0: it is none. */
static size_t unescape_one(const char *text, size_t len, char *ret)
{
	const struct ar_text digits = { .data = text + 1, .len = len > 2 ? 2 : 0 };
	uint8_t byte = 0;

	if (*text != '%') {
		*ret = *text;
		return 1;
	}
	if (!hex_of(digits, &byte, 1) || byte == 0)
		return 0;
	*ret = (char)byte;
	return 3;
}

/* A name as it was before its escapes; NULL: no memory, or none. */
static char *unescape(const char *text, size_t len)
{
	char *name = calloc(len + 1, 1);
	size_t at = 0;

	for (size_t i = 0, used; name && i < len; i += used) {
		used = unescape_one(text + i, len - i, &name[at++]);
		if (used == 0) {
			free(name);
			return NULL;
		}
	}
	return name;
}

static int read_keys(struct reading *in)
{
	struct ar_sealed *out = in->out;

	while (take_word(in, "key")) {
		if (!out->keys && !(out->keys = calloc(AR_SEALED_KEYS, sizeof *out->keys)))
			return ar_err_oom(in->err);
		if (out->key_count == AR_SEALED_KEYS)
			return malformed(in, "there are too many keys");
		char *name = unescape(in->text.data + in->value, in->value_len);
		if (!name || !strchr(name, '/')) {
			free(name);
			return malformed(in, "this is no name of a key");
		}
		out->keys[out->key_count++] = name;
	}
	return 0;
}

static int read_passphrase(struct reading *in)
{
	struct ar_sealed_inside *inside = in->out->inside;

	if (!take_word(in, "passphrase"))
		return 0;
	const struct ar_text kdf = take_part(in);
	if (!ar_text_is(kdf.data, kdf.len, SEAL_KDF))
		return malformed(in, "how the passphrase is used, is not known");
	inside->ops = number_of(take_part(in), 1000);
	inside->mem = number_of(take_part(in), (size_t)1 << 40);
	if (inside->ops < crypto_pwhash_argon2id_OPSLIMIT_MIN || inside->ops > AR_SEALED_OPS_MAX ||
	    inside->mem < crypto_pwhash_argon2id_MEMLIMIT_MIN || inside->mem > AR_SEALED_MEM_MAX)
		return malformed(in, "what it would cost to try the passphrase is out of bounds");
	if (!hex_of(take_part(in), inside->salt, sizeof inside->salt) ||
	    !base64_of(take_part(in), inside->wrapped, sizeof inside->wrapped) || in->value_len > 0)
		return malformed(in, "this line is not as it should be");
	in->out->passphrase = true;
	return 0;
}

static int read_recipients(struct reading *in)
{
	struct ar_sealed *out = in->out;

	while (take_word(in, "recipient")) {
		AR_FREE_AUTO struct ar_recipient *one = NULL;
		const size_t index = out->recipient_count;
		size_t count = 0;

		if (!out->recipients) {
			out->recipients = calloc(AR_RECIPIENTS_MAX, sizeof *out->recipients);
			out->inside->boxed = calloc(AR_RECIPIENTS_MAX, SEAL_BOXED);
		}
		if (!out->recipients || !out->inside->boxed)
			return ar_err_oom(in->err);
		const struct ar_text text = take_part(in);
		struct ar_err none = AR_ERR_INIT;
		if (index == AR_RECIPIENTS_MAX ||
		    ar_recipients_read(&text, &one, &count, &none) != 0 || count != 1 ||
		    !base64_of(take_part(in), out->inside->boxed[index], SEAL_BOXED) ||
		    in->value_len > 0)
			return malformed(in, "this line is not as it should be");
		out->recipients[index] = *one;
		out->recipient_count++;
	}
	return 0;
}

static int read_nonce(struct reading *in)
{
	struct ar_sealed_inside *inside = in->out->inside;

	if (!take_word(in, "nonce") || !hex_of(take_part(in), inside->nonce, SEAL_NONCE))
		return malformed(in, "a line 'nonce: …' is expected here");
	return 0;
}

static int read_length(struct reading *in)
{
	struct ar_sealed_inside *inside = in->out->inside;

	if (!take_word(in, "payload"))
		return malformed(in, "a line 'payload: …' is expected here");
	inside->cipher_len = number_of(take_part(in), AR_SEALED_MAX);
	if (inside->cipher_len == 0 || inside->cipher_len > AR_SEALED_MAX)
		return malformed(in, "this is no length that a payload can have");
	inside->cipher_len += SEAL_TAG;
	if (!take_line(in) || in->len != 0)
		return malformed(in, "an empty line is expected here");
	inside->head = in->text.data;
	inside->head_len = in->at;
	return 0;
}

static int read_body(struct reading *in, size_t end)
{
	struct ar_sealed_inside *inside = in->out->inside;
	const char *body = in->text.data + in->at;
	const size_t len = end - in->at;

	in->start = in->at;
	if (ar_base64_decode(body, len, NULL, NULL) != (long)inside->cipher_len)
		return malformed(in, "the payload is not as long as it should be");
	inside->cipher = malloc(len / 4 * 3 + 1);
	if (!inside->cipher)
		return ar_err_oom(in->err);
	ar_base64_decode(body, len, inside->cipher, NULL);
	return 0;
}

static int read_head(struct reading *in)
{
	static int (*const parts[])(struct reading *) = {
		read_kind,       read_made,  read_keys,   read_passphrase,
		read_recipients, read_nonce, read_length,
	};

	in->out->inside = calloc(1, sizeof *in->out->inside);
	if (!in->out->inside) {
		ar_err_oom(in->err);
		return -1;
	}
	take_line(in); /* the first: checked before */
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (parts[i](in) != 0)
			return -1;
	if (in->out->passphrase || in->out->recipient_count > 0)
		return 0;
	return malformed(in, "nothing could open it: no passphrase and no recipient");
}

static struct reading reading_of(const struct ar_text *text, struct ar_sealed *out,
				 struct ar_err *err)
{
	struct reading in = { .text = *text, .out = out, .err = err };

	in.text.secret = true; /* its lines say nothing to people */
	return in;
}

int ar_sealed_peek(const struct ar_text *text, struct ar_sealed *ret, struct ar_err *err)
{
	AR_SEALED_AUTO struct ar_sealed sealed = AR_SEALED_INIT;
	struct reading in = reading_of(text, &sealed, err);

	if (check_first(text, err) != 0 || read_head(&in) != 0)
		return -1;
	sealed.inside->head = NULL; /* the text may go */
	*ret = sealed;
	sealed = (struct ar_sealed)AR_SEALED_INIT;
	return 0;
}

int ar_sealed_read(const struct ar_text *text, struct ar_sealed *ret, struct ar_err *err)
{
	AR_SEALED_AUTO struct ar_sealed sealed = AR_SEALED_INIT;
	struct reading in = reading_of(text, &sealed, err);
	size_t end = 0;

	if (check_first(text, err) != 0 || find_end(text, &end, err) != 0 ||
	    check_sum(text, end, err) != 0)
		return -1;
	in.text.len = end; /* the lines end before the last one */
	if (read_head(&in) != 0 || read_body(&in, end) != 0)
		return -1;
	*ret = sealed;
	sealed = (struct ar_sealed)AR_SEALED_INIT;
	return 0;
}
