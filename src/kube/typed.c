/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/typed.h"

#include <string.h>

#include "yaml/scalar.h"

const struct ar_node *ar__value(const struct ar_tree *tree, const struct ar_node *map,
				const char *key)
{
	const struct ar_node *found = ar_map_key(tree, map, key);
	return found ? ar_node_next(tree, found) : NULL;
}

const char *ar__kind_name(const struct ar_tree *tree, const struct ar_node *node)
{
	static const char *const scalar[] = {
		[AR_T_NULL] = "null",      [AR_T_BOOL] = "a boolean",  [AR_T_INT] = "a number",
		[AR_T_FLOAT] = "a number", [AR_T_STRING] = "a string",
	};
	const struct ar_node *real = ar_node_resolve(tree, node);

	if (real->kind == AR_MAPPING)
		return "a mapping";
	if (real->kind == AR_SEQUENCE)
		return "a list";
	return scalar[ar_scalar_type(tree, real)];
}

static int expected(const struct ar_tree *tree, const struct ar_node *node, const char *what,
		    struct ar_err *err)
{
	char path[128];
	ar_node_path(tree, node, path, sizeof path);
	return ar_node_err(err, tree, node, "'%s' is %s; expected %s", path,
			   ar__kind_name(tree, node), what);
}

static int refuse_alias(const struct ar_tree *tree, const struct ar_node *node, struct ar_err *err)
{
	char path[128];

	if (node->kind != AR_ALIAS)
		return 0;
	ar_node_path(tree, node, path, sizeof path);
	ar_node_err(err, tree, node,
		    "'%s' is an alias; an edit there would also change the place it stands for",
		    path);
	return ar_err_hint(err, "write the value out in place of the alias, then run again");
}

int ar__is_mapping(const struct ar_tree *tree, const struct ar_node *value, struct ar_err *err)
{
	if (refuse_alias(tree, value, err) != 0)
		return -1;
	if (value->kind != AR_MAPPING)
		return expected(tree, value, "a mapping", err);
	const struct ar_node *merge = ar_map_key(tree, value, "<<");
	if (!merge || merge->style != AR_PLAIN)
		return 0;
	ar_node_err(err, tree, merge, "merge key '<<' in a part that has to be read and edited");
	return ar_err_hint(err, "write the merged keys out in place, then run again");
}

int ar__is_list(const struct ar_tree *tree, const struct ar_node *value, struct ar_err *err)
{
	if (refuse_alias(tree, value, err) != 0)
		return -1;
	return value->kind == AR_SEQUENCE ? 0 : expected(tree, value, "a list", err);
}

int ar__is_string(const struct ar_tree *tree, const struct ar_node *value, struct ar_err *err)
{
	const struct ar_node *real = ar_node_resolve(tree, value);
	size_t len;

	if (real->kind != AR_SCALAR || ar_scalar_type(tree, real) != AR_T_STRING) {
		expected(tree, value, "a string", err);
		return real->kind == AR_SCALAR
			       ? ar_err_hint(err, "put it in quotes: Kubernetes reads YAML 1.1, "
						  "where an unquoted number, yes, no, on, off, "
						  "true or null is no string")
			       : -1;
	}
	const char *text = ar_node_text(tree, real, &len);
	if (len && memchr(text, '\0', len))
		return ar_node_err(err, tree, value, "a string that holds a NUL character");
	return 0;
}

int ar__not_shared(const struct ar_tree *tree, const struct ar_node *node, struct ar_err *err)
{
	char path[128];

	if (refuse_alias(tree, node, err) != 0)
		return -1;
	if (!ar_node_is_aliased(tree, node))
		return 0;
	ar_node_path(tree, node, path, sizeof path);
	ar_node_err(err, tree, node,
		    "'%s' bears an anchor that is used elsewhere; an edit would show there too",
		    path);
	return ar_err_hint(err, "write the value out where the alias stands, and remove the "
				"anchor, then run again");
}

const char *ar__template(const char *text)
{
	static const char *const markers[] = { "{{", "{%", "<%" };

	for (size_t i = 0; i < sizeof markers / sizeof *markers; i++)
		if (strstr(text, markers[i]))
			return markers[i];
	return NULL;
}

void ar__typed_open(struct ar_buf *json, char bracket)
{
	if (json->len && !strchr("[{:", json->data[json->len - 1]))
		ar_buf_addc(json, ',');
	ar_buf_addc(json, bracket);
}

void ar__typed_key(struct ar_buf *json, const char *as)
{
	ar__typed_open(json, '"');
	ar_buf_adds(json, as);
	ar_buf_adds(json, "\":");
}

/* A string in double quotes as YAML has it. Everything but printable ASCII is escaped: what libyaml
 * takes for a line break or refuses as unprintable must survive too. */
static void quoted(struct ar_buf *json, const char *text, size_t len)
{
	ar_buf_addc(json, '"');
	for (size_t i = 0; i < len;) {
		uint32_t rune = '?';
		size_t used = ar_utf8_len(text + i, len - i, &rune);

		if (rune == '"' || rune == '\\')
			ar_buf_addf(json, "\\%c", (char)rune);
		else if (rune >= 0x20 && rune < 0x7f)
			ar_buf_addc(json, (char)rune);
		else
			ar_buf_addf(json, "\\U%08x",
				    rune ? (unsigned)rune : 0xfffdu); /* NUL would end a C string */
		i += used ? used : 1;
	}
	ar_buf_addc(json, '"');
}

void ar__typed_string(struct ar_buf *json, const char *as, const char *text, size_t len)
{
	ar__typed_key(json, as);
	quoted(json, text, len);
}

void ar__typed_item(struct ar_buf *json, const char *text, size_t len)
{
	if (json->len && !strchr("[{:", json->data[json->len - 1]))
		ar_buf_addc(json, ',');
	quoted(json, text, len);
}

static int field_string(const struct ar_tree *tree, const struct ar_node *value, const char *as,
			struct ar_buf *json, struct ar_err *err)
{
	size_t len;

	if (ar__is_string(tree, value, err) != 0)
		return -1;
	const char *text = ar_node_text(tree, ar_node_resolve(tree, value), &len);
	ar__typed_string(json, as, text, len);
	return 0;
}

static int field_bool(const struct ar_tree *tree, const struct ar_node *value, const char *as,
		      struct ar_buf *json, struct ar_err *err)
{
	static const char *const yes[] = { "y",    "Y",    "yes", "Yes", "YES", "true",
					   "True", "TRUE", "on",  "On",  "ON" };
	const struct ar_node *real = ar_node_resolve(tree, value);
	bool on = false;

	if (real->kind != AR_SCALAR || ar_scalar_type(tree, real) != AR_T_BOOL)
		return expected(tree, value, "true or false", err);
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		on = on || ar_node_is(tree, real, yes[i]);
	ar__typed_key(json, as);
	ar_buf_adds(json, on ? "true" : "false");
	return 0;
}

int ar__typed_fields(const struct ar_tree *tree, const struct ar_node *map,
		     const struct ar_field *fields, size_t count, struct ar_buf *json,
		     struct ar_err *err)
{
	static int (*const writers[])(const struct ar_tree *, const struct ar_node *, const char *,
				      struct ar_buf *, struct ar_err *) = {
		[AR_FIELD_STRING] = field_string,
		[AR_FIELD_BOOL] = field_bool,
	};

	for (size_t i = 0; i < count; i++) {
		const struct ar_node *value = ar_map_get(tree, map, fields[i].key);

		if (value && !ar_node_is_null(tree, value)) {
			if (writers[fields[i].type](tree, value, fields[i].as, json, err) != 0)
				return -1;
		} else if (fields[i].required) {
			ar_node_err(err, tree, map, "'%s' is missing here", fields[i].key);
			return ar_err_hint(err, "it has to be there: Kubernetes would refuse this "
						"file too");
		}
	}
	return 0;
}
