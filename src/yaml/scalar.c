/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/scalar.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "yaml/scalar_impl.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define LONGEST_WORD 5

/* The words of go-yaml's table. */
static const struct {
	char word[LONGEST_WORD + 1];
	uint8_t len;
	uint8_t worth; /* enum ar__worth */
	bool yes;
	double real;
} words[] = {
#define WORD(word, ...)                            \
	{                                          \
		word, sizeof word - 1, __VA_ARGS__ \
	}
	WORD("", AR__NULL, false, 0),
	WORD("~", AR__NULL, false, 0),
	WORD("null", AR__NULL, false, 0),
	WORD("Null", AR__NULL, false, 0),
	WORD("NULL", AR__NULL, false, 0),
	WORD("y", AR__BOOL, true, 0),
	WORD("Y", AR__BOOL, true, 0),
	WORD("yes", AR__BOOL, true, 0),
	WORD("Yes", AR__BOOL, true, 0),
	WORD("YES", AR__BOOL, true, 0),
	WORD("true", AR__BOOL, true, 0),
	WORD("True", AR__BOOL, true, 0),
	WORD("TRUE", AR__BOOL, true, 0),
	WORD("on", AR__BOOL, true, 0),
	WORD("On", AR__BOOL, true, 0),
	WORD("ON", AR__BOOL, true, 0),
	WORD("n", AR__BOOL, false, 0),
	WORD("N", AR__BOOL, false, 0),
	WORD("no", AR__BOOL, false, 0),
	WORD("No", AR__BOOL, false, 0),
	WORD("NO", AR__BOOL, false, 0),
	WORD("false", AR__BOOL, false, 0),
	WORD("False", AR__BOOL, false, 0),
	WORD("FALSE", AR__BOOL, false, 0),
	WORD("off", AR__BOOL, false, 0),
	WORD("Off", AR__BOOL, false, 0),
	WORD("OFF", AR__BOOL, false, 0),
	WORD(".nan", AR__NUMBER, false, (double)NAN),
	WORD(".NaN", AR__NUMBER, false, (double)NAN),
	WORD(".NAN", AR__NUMBER, false, (double)NAN),
	WORD(".inf", AR__NUMBER, false, (double)INFINITY),
	WORD(".Inf", AR__NUMBER, false, (double)INFINITY),
	WORD(".INF", AR__NUMBER, false, (double)INFINITY),
	WORD("+.inf", AR__NUMBER, false, (double)INFINITY),
	WORD("+.Inf", AR__NUMBER, false, (double)INFINITY),
	WORD("+.INF", AR__NUMBER, false, (double)INFINITY),
	WORD("-.inf", AR__NUMBER, false, (double)-INFINITY),
	WORD("-.Inf", AR__NUMBER, false, (double)-INFINITY),
	WORD("-.INF", AR__NUMBER, false, (double)-INFINITY),
};

/* What a plain scalar without a tag is worth. */
static struct ar__value plain_value(const char *text, size_t len)
{
	struct ar__value value = { .worth = AR__STRING };

	if (len > 0 && !strchr("yYnNtTfFoO~+-.0123456789", text[0]))
		return value;
	for (size_t i = 0; i < COUNT(words) && len <= LONGEST_WORD; i++) {
		if (len != words[i].len || memcmp(text, words[i].word, len) != 0)
			continue;
		value.worth = words[i].worth;
		value.yes = words[i].yes;
		value.number = (struct ar__number){ .kind = AR__FLOAT, .real = words[i].real };
		return value;
	}
	if (ar__number_read(text, len, &value.number))
		value.worth = AR__NUMBER;
	return value;
}

/* A tag decides what may come out: a number tagged !!bool is an error to upstream, as it is here.
 */
static struct ar__value tagged_value(const char *tag, const char *text, size_t len)
{
	static const char prefix[] = "tag:yaml.org,2002:";
	struct ar__value value = plain_value(text, len);
	const struct ar__value string = { .worth = AR__STRING }, wrong = { .worth = AR__WRONG };
	bool is_int = value.worth == AR__NUMBER && value.number.kind != AR__FLOAT;
	bool is_float = value.worth == AR__NUMBER && value.number.kind == AR__FLOAT;

	if (strncmp(tag, prefix, strlen(prefix)) != 0)
		return string;
	const char *name = tag + strlen(prefix);
	if (strcmp(name, "binary") == 0)
		return (struct ar__value){ .worth = AR__BINARY };
	if (strcmp(name, "null") == 0)
		return value.worth == AR__NULL ? value : wrong;
	if (strcmp(name, "bool") == 0)
		return value.worth == AR__BOOL ? value : wrong;
	if (strcmp(name, "int") == 0)
		return is_int ? value : wrong;
	if (strcmp(name, "timestamp") == 0)
		return ar__is_timestamp(text, len) ? string : wrong;
	if (strcmp(name, "float") != 0)
		return string;
	if (value.worth == AR__NUMBER && value.number.kind == AR__INT) {
		double size = (double)value.number.size;
		value.number = (struct ar__number){ .kind = AR__FLOAT,
						    .real = value.number.negative ? -size : size };
		return value;
	}
	return is_float ? value : wrong;
}

static struct ar__value json_value(const char *text, size_t len)
{
	struct ar__value value = { .worth = AR__NULL, .yes = len > 0 && text[0] == 't' };

	if (len > 0 && (text[0] == 't' || text[0] == 'f'))
		value.worth = AR__BOOL;
	else if (ar__number_read_json(text, len, &value.number))
		value.worth = AR__NUMBER;
	return value;
}

struct ar__value ar__scalar_value(const struct ar_tree *tree, const struct ar_node *scalar)
{
	const char *tag = ar_node_tag(tree, scalar);
	size_t len;
	const char *text = ar_node_text(tree, scalar, &len);

	if (tag)
		return tagged_value(tag, text, len);
	if (scalar->style != AR_PLAIN)
		return (struct ar__value){ .worth = AR__STRING };
	return ar_tree_is_json(tree) ? json_value(text, len) : plain_value(text, len);
}

enum ar_type ar_scalar_type(const struct ar_tree *tree, const struct ar_node *scalar)
{
	static const enum ar_type types[] = {
		[AR__NULL] = AR_T_NULL,     [AR__BOOL] = AR_T_BOOL,     [AR__NUMBER] = AR_T_INT,
		[AR__STRING] = AR_T_STRING, [AR__BINARY] = AR_T_STRING, [AR__WRONG] = AR_T_STRING,
	};
	struct ar__value value = ar__scalar_value(tree, scalar);

	if (value.worth == AR__NUMBER && value.number.kind == AR__FLOAT)
		return AR_T_FLOAT;
	return types[value.worth];
}

bool ar_node_is_null(const struct ar_tree *tree, const struct ar_node *node)
{
	return node->kind == AR_SCALAR && ar_scalar_type(tree, node) == AR_T_NULL;
}

const char *ar__scalar_problem(const struct ar_tree *tree, const struct ar_node *scalar)
{
	struct ar__value value = ar__scalar_value(tree, scalar);
	size_t len;
	const char *text = ar_node_text(tree, scalar, &len);

	if (value.worth == AR__WRONG)
		return "is not what its tag says";
	if (value.worth == AR__BINARY && ar_base64_decode(text, len, NULL, NULL) < 0)
		return "is tagged !!binary, but is not base64";
	if (value.worth == AR__NUMBER && value.number.kind == AR__FLOAT &&
	    !isfinite(value.number.real))
		return "is infinite or not a number, for which there is no JSON";
	return NULL;
}

/* --- keys ---------------------------------------------------------------------------------- */

void ar__key_name(const struct ar_tree *tree, const struct ar_node *key, struct ar__key *ret)
{
	const struct ar_node *real = ar_node_resolve(tree, key);
	struct ar__value value = ar__scalar_value(tree, real);

	ret->text = NULL;
	if (value.worth == AR__NUMBER)
		ar__number_write_key(&value.number, ret->made, sizeof ret->made);
	else if (value.worth == AR__BOOL)
		snprintf(ret->made, sizeof ret->made, "%s", value.yes ? "true" : "false");
	else
		ret->text = ar_node_text(tree, real, &ret->len);
	if (!ret->text)
		ret->len = strlen(ret->made);
}

const char *ar__key_text(const struct ar__key *key)
{
	return key->text ? key->text : key->made;
}

int ar__key_order(const struct ar__key *a, const struct ar__key *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int order = len ? memcmp(ar__key_text(a), ar__key_text(b), len) : 0;

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

bool ar__key_is_merge(const struct ar_tree *tree, const struct ar_node *key)
{
	const char *tag = ar_node_tag(tree, key);

	if (!ar_node_is(tree, key, "<<") || ar_tree_is_json(tree))
		return false;
	if (tag)
		return strcmp(tag, "tag:yaml.org,2002:merge") == 0 || strcmp(tag, "!") == 0;
	return key->style == AR_PLAIN;
}

const char *ar__key_problem(const struct ar_tree *tree, const struct ar_node *key)
{
	struct ar__value value = ar__scalar_value(tree, key);

	if (value.worth == AR__NULL)
		return "is a null key";
	if (value.worth == AR__WRONG)
		return "is a key that is not what its tag says";
	if (value.worth == AR__BINARY)
		return "is a key tagged !!binary";
	if (value.worth == AR__NUMBER && value.number.kind == AR__UINT)
		return "is a key and a number beyond 64 bits with sign";
	return NULL;
}

/* --- quoting ------------------------------------------------------------------------------- */

/* Could other readers of YAML 1.1 take it for a date, a time or a number in base 60? */
static bool looks_numeric(const char *text, size_t len)
{
	size_t at = text[0] == '+' || text[0] == '-';

	if (at == len || !strchr("0123456789.", text[at]))
		return false;
	for (; at < len; at++)
		if (!strchr("0123456789abcdefABCDEFxXoO:._+-TtZz", text[at]))
			return false;
	return true;
}

static bool may_begin(const char *text, size_t len)
{
	if (strchr(" ,[]{}#&*!|>'\"%@`?:<=~", text[0]))
		return false;
	if (text[0] != '-')
		return true;
	return len > 1 && text[1] != ' ' &&
	       !(len >= 3 && memcmp(text, "---", 3) == 0 && (len == 3 || text[3] == ' '));
}

static bool may_follow(char before, char c, char behind, bool in_flow)
{
	if (c < 0x20 || c > 0x7e)
		return false;
	if (c == ':')
		return !in_flow && behind != ' ' && behind != '\0';
	if (c == '#')
		return before != ' ';
	return !in_flow || !strchr(",[]{}?", c);
}

bool ar_scalar_plain_is_safe(const char *text, size_t len, bool in_flow)
{
	if (len == 0 || !may_begin(text, len) || text[len - 1] == ' ' || looks_numeric(text, len))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!may_follow(i ? text[i - 1] : ' ', text[i], i + 1 < len ? text[i + 1] : '\0',
				in_flow))
			return false;
	return plain_value(text, len).worth == AR__STRING && !ar_text_is(text, len, "...");
}
