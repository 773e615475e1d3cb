/* SPDX-License-Identifier: Apache-2.0 */
#include "serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/scope.h"
#include "base/secret.h"

static const char *string_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

int serve_bytes(const json_t *line, const char *field, char **ret_data, size_t *ret_len)
{
	const char *text = string_of(line, field);
	size_t size = text != NULL ? strlen(text) : 0;
	AR_FREE_AUTO char *wide = malloc(size + 1);

	if (text == NULL || wide == NULL)
		return -1;
	long len = ar_base64_decode(text, size, (uint8_t *)wide, NULL);
	char *data = len >= 0 ? malloc(len > 0 ? (size_t)len : 1) : NULL;
	if (data == NULL)
		return -1;
	memcpy(data, wide, (size_t)len);
	*ret_data = data;
	*ret_len = (size_t)len;
	return 0;
}

static struct request read_request(const json_t *line, bool secret)
{
	const json_t *minor = json_object_get(line, "minor");

	return (struct request){
		.text = { .name = "input", .secret = secret },
		.config = string_of(line, "config"),
		.minor = json_is_integer(minor) ? (int)json_integer_value(minor) : -1,
		.reload = json_is_true(json_object_get(line, "reload")),
		.remove = json_is_true(json_object_get(line, "remove")),
		.line = line,
	};
}

static void add_error(json_t *answer, const struct ar_err *err)
{
	json_object_set_new(answer, "error", json_string(err->msg));
	json_object_set_new(answer, "line", json_integer((json_int_t)err->line));
	json_object_set_new(answer, "column", json_integer((json_int_t)err->column));
}

static int answer_line(const json_t *line, bool secret, answer_fn *answer)
{
	struct ar_err err = AR_ERR_INIT;
	struct request request = read_request(line, secret);
	AR_FREE_AUTO char *data = NULL;

	if (serve_bytes(line, "data", &data, &request.text.len) != 0)
		return -1;
	request.text.data = data;
	json_t *reply = json_object();
	json_object_set(reply, "id", json_object_get(line, "id"));
	int result = answer(&request, reply, &err);
	json_object_set_new(reply, "ok", json_boolean(result == 0));
	if (result != 0)
		add_error(reply, &err);
	json_dumpf(reply, stdout, JSON_COMPACT);
	json_decref(reply);
	putchar('\n');
	return fflush(stdout);
}

int serve(bool secret, answer_fn *answer)
{
	AR_FREE_AUTO char *text = NULL;
	struct ar_err err = AR_ERR_INIT;
	size_t cap = 0;
	int result = ar_secret_setup(&err);

	while (result == 0 && getline(&text, &cap, stdin) > 0) {
		json_t *line = json_loads(text, 0, NULL);
		result = line != NULL ? answer_line(line, secret, answer) : -1;
		json_decref(line);
	}
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
