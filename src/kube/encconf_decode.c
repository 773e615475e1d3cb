/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "kube/encconf_impl.h"
#include "kube/govalues.h"
#include "kube/resources.h"
#include "kube/typed.h"
#include "yaml/json.h"
#include "yaml/scalar.h"

/*
 * EncryptionConfiguration v1 as a table, and the walk along it. For every value: is it of a type
 * that the field takes? If so it goes into the JSON for libcyaml, under the same names; null goes
 * nowhere, as in Go; a wrong one leaves an empty value of the right type behind, so that items keep
 * their index.
 */

enum shape { TEXT, SECRET, INT32, DURATION, EMPTY, OBJECT, LIST };

struct type {
	enum shape shape;
	const struct type *item;    /* of a list */
	const struct field *fields; /* of an object */
	const char *name;           /* in messages */
};

struct field {
	const char *name;
	const struct type *type;
	int since;             /* Kubernetes 1.<since> knows it */
	const char *otherwise; /* of a text: what holds where it is absent, null or empty */
};

#define FIELDS_MAX 6

static const struct type text = { .shape = TEXT, .name = "a string" };
static const struct type secret = { .shape = SECRET, .name = "a string" };
static const struct type int32 = { .shape = INT32, .name = "a whole number of 32 bits" };
static const struct type duration = { .shape = DURATION, .name = "a string such as \"3s\"" };
static const struct type empty = { .shape = EMPTY,
				   .name = "{}",
				   .fields = (const struct field[]){ { .name = NULL } } };
static const struct type texts = { .shape = LIST, .item = &text, .name = "a list" };

static const struct field key_fields[] = {
	{ "name", &text, 0, "" },
	{ "secret", &secret, 0, NULL },
	{ .name = NULL },
};
static const struct type key = { .shape = OBJECT, .fields = key_fields, .name = "a mapping" };
static const struct type keys = { .shape = LIST, .item = &key, .name = "a list" };
static const struct field local_fields[] = { { "keys", &keys, 0, NULL }, { .name = NULL } };
static const struct type local = { .shape = OBJECT, .fields = local_fields, .name = "a mapping" };
static const struct field kms_fields[] = {
	{ "apiVersion", &text, 25, "v1" }, { "name", &text, 0, "" },
	{ "cachesize", &int32, 0, NULL },  { "endpoint", &text, 0, "" },
	{ "timeout", &duration, 0, NULL }, { .name = NULL },
};
static const struct type kms = { .shape = OBJECT, .fields = kms_fields, .name = "a mapping" };
static const struct field provider_fields[] = {
	{ "aesgcm", &local, 0, NULL },    { "aescbc", &local, 0, NULL },
	{ "secretbox", &local, 0, NULL }, { "identity", &empty, 0, NULL },
	{ "kms", &kms, 0, NULL },         { .name = NULL },
};
static const struct type provider = { .shape = OBJECT,
				      .fields = provider_fields,
				      .name = "a mapping" };
static const struct type providers = { .shape = LIST, .item = &provider, .name = "a list" };
static const struct field entry_fields[] = {
	{ "resources", &texts, 0, NULL },
	{ "providers", &providers, 0, NULL },
	{ .name = NULL },
};
static const struct type entry = { .shape = OBJECT, .fields = entry_fields, .name = "a mapping" };
static const struct type entries = { .shape = LIST, .item = &entry, .name = "a list" };
static const struct field root_fields[] = {
	{ "kind", &text, 0, "" },
	{ "apiVersion", &text, 0, "" },
	{ "resources", &entries, 0, NULL },
	{ .name = NULL },
};
static const struct type document = { .shape = OBJECT, .fields = root_fields, .name = "a mapping" };

struct decode {
	const struct ar_tree *tree;
	struct ar_enc_problems *problems;
	struct ar_buf *json;
	int minor;
	bool oom;
	char path[200];
};

static void problem(struct decode *d, enum ar_enc_problem_kind kind, const struct ar_node *node,
		    const char *what)
{
	if (ar__problem_add(d->problems, kind, d->tree, node, d->path, "%s", what) != 0)
		d->oom = true;
}

/* Goes down one step; the length that `path` had is what undoes it. */
static size_t into_field(struct decode *d, const char *name)
{
	size_t len = strlen(d->path);

	snprintf(d->path + len, sizeof d->path - len, "%s%s", len ? "." : "", name);
	return len;
}

static size_t into_item(struct decode *d, size_t index)
{
	size_t len = strlen(d->path);

	snprintf(d->path + len, sizeof d->path - len, "[%zu]", index);
	return len;
}

static void wrong_type(struct decode *d, const struct type *type, const struct ar_node *value)
{
	char what[200];
	const char *is = ar__kind_name(d->tree, value);
	bool scalar = value->kind == AR_SCALAR && (type->shape == TEXT || type->shape == SECRET);

	snprintf(what, sizeof what, "this is %s; expected %s%s", is, type->name,
		 scalar ? ": put it in quotes" : "");
	problem(d, AR_ENC_TYPE, value, what);
}

static bool is_string(const struct decode *d, const struct ar_node *value)
{
	return value->kind == AR_SCALAR && ar_scalar_type(d->tree, value) == AR_T_STRING;
}

static void decode_text(struct decode *d, const struct ar_node *value)
{
	size_t len;
	const char *at = ar_node_text(d->tree, value, &len);

	ar__typed_item(d->json, at, len);
}

/* Go reads an integer from the JSON that YAML was made into: 1e2 has become 100 there, in a JSON
 * text it stays. */
static bool read_int32(struct decode *d, const struct ar_node *value, int32_t *ret)
{
	AR_BUF_AUTO struct ar_buf normal = AR_BUF_INIT;
	struct ar_err unread = AR_ERR_INIT;
	size_t len;
	const char *at = ar_node_text(d->tree, value, &len);

	if (!ar_tree_is_json(d->tree)) {
		if (ar_json_write(d->tree, value, NULL, &normal, &unread) != 0) {
			d->oom = d->oom || unread.sys == ENOMEM;
			return false;
		}
		at = ar_buf_text(&normal);
		len = normal.len;
	}
	bool negative = len && *at == '-';
	int64_t number = 0;
	for (size_t i = negative; i < len; i++) {
		if (at[i] < '0' || at[i] > '9' || number > INT32_MAX)
			return false;
		number = number * 10 + (at[i] - '0');
	}
	number = negative ? -number : number;
	*ret = (int32_t)number;
	return len > negative && number >= INT32_MIN && number <= INT32_MAX;
}

static void decode_int32(struct decode *d, const struct type *type, const struct ar_node *value)
{
	int32_t number = 0;
	enum ar_type is = value->kind == AR_SCALAR ? ar_scalar_type(d->tree, value) : AR_T_STRING;

	if (is != AR_T_INT && is != AR_T_FLOAT)
		wrong_type(d, type, value);
	else if (!read_int32(d, value, &number))
		problem(d, AR_ENC_TYPE, value, "expected a whole number of 32 bits");
	ar_buf_addf(d->json, "%d", number);
}

static void decode_duration(struct decode *d, const struct type *type, const struct ar_node *value)
{
	int64_t ns = 0;
	size_t len;

	if (!is_string(d, value)) {
		wrong_type(d, type, value);
	} else {
		const char *at = ar_node_text(d->tree, value, &len);
		if (!ar_go_duration(at, len, &ns))
			problem(d, AR_ENC_TYPE, value,
				"not a duration; expected a number with a unit, such as \"3s\"");
	}
	ar_buf_addf(d->json, "%lld", (long long)ns);
}

static void decode_value(struct decode *d, const struct type *type, const struct ar_node *value);

static void decode_list(struct decode *d, const struct type *type, const struct ar_node *value)
{
	size_t index = 0;

	ar_buf_addc(d->json, '[');
	if (value->kind != AR_SEQUENCE) {
		if (!ar_node_is_null(d->tree, value))
			wrong_type(d, type, value);
		ar_buf_addc(d->json, ']');
		return;
	}
	for (const struct ar_node *item = ar_node_first(d->tree, value); item;
	     item = ar_node_next(d->tree, item)) {
		size_t back = into_item(d, index++);
		if (d->json->len && d->json->data[d->json->len - 1] != '[' &&
		    type->item->shape != TEXT)
			ar_buf_addc(d->json, ',');
		decode_value(d, type->item, ar_node_resolve(d->tree, item));
		d->path[back] = '\0';
	}
	ar_buf_addc(d->json, ']');
}

/* What a mapping gives for the fields of its type: the last one set counts. */
struct slots {
	struct decode *d;
	const struct field *fields;
	const struct ar_node *keys[FIELDS_MAX], *values[FIELDS_MAX];
};

static const char *meant(const struct field *fields, const char *name, size_t len)
{
	for (size_t i = 0; fields[i].name; i++)
		if (strlen(fields[i].name) == len && strncasecmp(fields[i].name, name, len) == 0)
			return fields[i].name;
	for (size_t i = 0; fields[i].name; i++)
		if (ar_word_distance(name, len, fields[i].name, strlen(fields[i].name), 2) <= 2)
			return fields[i].name;
	return NULL;
}

/* A field's name is shown only where it cannot be a key that slipped. */
static bool is_speakable(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.", name[i]) ||
		    !name[i])
			return false;
	return len > 0 && len <= 20;
}

static void unknown_field(struct decode *d, const struct field *fields, const struct ar_node *at)
{
	size_t len;
	const char *name = ar_node_text(d->tree, at, &len);
	const char *known = at->kind == AR_SCALAR ? meant(fields, name, len) : NULL;
	char shown[40], what[200];

	if (at->kind == AR_SCALAR && is_speakable(name, len))
		snprintf(shown, sizeof shown, "%.*s", (int)len, name);
	else
		snprintf(shown, sizeof shown, "<%zu characters>", len);
	size_t back = into_field(d, shown);
	snprintf(what, sizeof what, "unknown field%s%s%s", known ? "; did you mean '" : "",
		 known ? known : "", known ? "'?" : "");
	problem(d, AR_ENC_UNKNOWN, at, what);
	d->path[back] = '\0';
}

static bool set_slot(void *context, const struct ar_node *at, const struct ar_node *value)
{
	struct slots *slots = context;
	struct decode *d = slots->d;

	for (size_t i = 0; slots->fields[i].name; i++) {
		const struct field *field = &slots->fields[i];
		if (at->kind != AR_SCALAR || !ar_node_is(d->tree, at, field->name))
			continue;
		if (d->minor >= 0 && d->minor < field->since)
			break;
		if (slots->keys[i]) {
			char what[100];
			struct ar_place first = ar_text_place(ar_tree_text(d->tree),
							      slots->keys[i]->start);
			size_t back = into_field(d, field->name);
			snprintf(what, sizeof what, "this field stands twice (first on line %zu)",
				 first.line);
			problem(d, AR_ENC_DUPLICATE, at, what);
			d->path[back] = '\0';
		}
		slots->keys[i] = at;
		slots->values[i] = value;
		return !d->oom;
	}
	unknown_field(d, slots->fields, at);
	return !d->oom;
}

static void decode_fields(struct decode *d, const struct type *type, const struct ar_node *value)
{
	struct slots slots = { .d = d, .fields = type->fields };
	bool oom = false;

	ar__fields_visit(d->tree, value, set_slot, &slots, &oom);
	d->oom = d->oom || oom;
	for (size_t i = 0; type->fields[i].name; i++) {
		const struct field *field = &type->fields[i];
		const struct ar_node *set = slots.values[i];
		bool none = !set || ar_node_is_null(d->tree, set);
		if (field->otherwise && (none || (is_string(d, set) && set->text_len == 0)))
			ar__typed_string(d->json, field->name, field->otherwise,
					 strlen(field->otherwise));
		if (none || (field->otherwise && is_string(d, set) && set->text_len == 0))
			continue;
		size_t back = into_field(d, field->name);
		if (field->type->shape != SECRET)
			ar__typed_key(d->json, field->name);
		decode_value(d, field->type, set);
		d->path[back] = '\0';
	}
}

static void decode_object(struct decode *d, const struct type *type, const struct ar_node *value)
{
	if (value->kind != AR_MAPPING && !ar_node_is_null(d->tree, value))
		wrong_type(d, type, value);
	if (type->shape == EMPTY) {
		decode_fields(d, type, value);
		ar_buf_adds(d->json, "true");
		return;
	}
	ar_buf_addc(d->json, '{');
	decode_fields(d, type, value);
	ar_buf_addc(d->json, '}');
}

/* Writes a value of the right type in any case; null is the empty one. */
static void decode_value(struct decode *d, const struct type *type, const struct ar_node *value)
{
	bool null = ar_node_is_null(d->tree, value);

	switch (type->shape) {
	case TEXT:
	case SECRET:
		if (!is_string(d, value) && !null)
			wrong_type(d, type, value);
		if (type->shape == SECRET)
			return;
		if (is_string(d, value))
			decode_text(d, value);
		else
			ar__typed_item(d->json, "", 0);
		return;
	case INT32: decode_int32(d, type, value); return;
	case DURATION: decode_duration(d, type, value); return;
	case LIST: decode_list(d, type, value); return;
	case EMPTY:
	case OBJECT: decode_object(d, type, value); return;
	}
}

int ar__encconf_decode(const struct ar_tree *tree, const struct ar_node *root, int minor,
		       struct ar_enc_problems *problems, struct ar_buf *json, struct ar_err *err)
{
	struct decode d = { .tree = tree, .problems = problems, .json = json, .minor = minor };

	decode_object(&d, &document, ar_node_resolve(tree, root));
	if (d.oom)
		return ar_err_oom(err);
	return ar_buf_check(json, err);
}
