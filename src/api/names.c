/* SPDX-License-Identifier: Apache-2.0 */
#include "api/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api/list_impl.h"
#include "api/rewrite_impl.h"
#include "base/scope.h"

#define PAGE      "500"
#define TRIES     6 /* of a page: with the pauses between them about 15 s */
#define RESTARTS  3 /* of a list whose snapshot was compacted away, and cannot be gone on with */
#define AFTER_MAX 10u

/* One collection, page by page. */
struct walk {
	struct ar_api *api;
	const struct ar_names_ask *ask;
	const char *namespace; /* "" for cluster-wide ones */
	char path[700];
	struct ar_buf token; /* where the next page begins, "": at the beginning */
	struct ar_buf last;  /* the last name, for a list that starts over */
	bool skips;          /* starting over: up to `last` all were told */
	int restarts;
	struct ar_names *sum;
};

static void walk_done(struct walk *walk)
{
	ar_buf_done(&walk->token);
	ar_buf_done(&walk->last);
}

#define WALK_AUTO __attribute__((cleanup(walk_done)))

/* --- a page ------------------------------------------------------------------------------------
 */

static void pause_s(unsigned seconds)
{
	const struct timespec time = { .tv_sec = (time_t)seconds };

	nanosleep(&time, NULL);
}

/* A server that is busy or just away is asked again, a few times. */
static int ask_page(struct walk *walk, struct ar_http_response *ret, struct ar_answer *ret_answer,
		    struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf path = AR_BUF_INIT;

	ar_buf_addf(&path, "%s?limit=" PAGE "&includeObject=None", walk->path);
	if (walk->token.len > 0) {
		ar_buf_adds(&path, "&continue=");
		ar__path_add(&path, ar_buf_text(&walk->token));
	}
	if (ar_buf_check(&path, err) != 0)
		return -1;
	const struct ar_http_request request = { .method = "GET",
						 .path = ar_buf_text(&path),
						 .accept = AR__TABLE };
	for (unsigned tries = 1;; tries++) {
		struct ar_err cause = AR_ERR_INIT;
		const int result = ar_api_call(walk->api, &request, ret, ret_answer, &cause);
		const bool again = result == 0 ? ret_answer->kind == AR_ANSWER_BUSY
					       : ar_http_is_away(&cause);
		if (!again || tries == TRIES) {
			if (result != 0)
				*err = cause;
			return result;
		}
		const unsigned wish = result == 0 ? ret_answer->retry_after_s : 0;
		ar_http_response_done(ret);
		pause_s(wish > tries ? (wish < AFTER_MAX ? wish : AFTER_MAX) : tries);
	}
}

static int set_token(struct walk *walk, const char *token, struct ar_err *err)
{
	if (token[0] && strcmp(token, ar_buf_text(&walk->token)) == 0)
		return ar_err_set(err, "the API server gives the same page of %s again",
				  walk->path);
	ar_buf_reset(&walk->token);
	ar_buf_adds(&walk->token, token);
	return ar_buf_check(&walk->token, err);
}

/* The snapshot that the pages are of was compacted away. The answer has a token that goes on with
 * the newest state: names that were there all the time are all told then, and that is what counts
 * here. */
static int go_on_anew(struct walk *walk, const struct ar_buf *body, struct ar_err *err)
{
	json_auto_t *status = NULL;

	if (ar_answer_json(body, &status, err) != 0)
		return -1;
	const char *token = AR_DIG_TEXT(status, "metadata", "continue");
	if (token[0])
		return set_token(walk, token, err);
	if (walk->restarts++ == RESTARTS)
		return ar_err_set(err, "the API server cannot list %s to its end: its pages expire",
				  walk->path);
	walk->skips = true;
	return set_token(walk, "", err);
}

/* --- its rows ----------------------------------------------------------------------------------
 */

/* Which cell has the name: the column says so by its format, that of Events only by its own name.
 * -1: none. */
static int name_column(const json_t *table)
{
	const json_t *columns = json_object_get(table, "columnDefinitions"), *column;
	size_t i;
	int named = -1;

	json_array_foreach(columns, i, column)
	{
		if (strcmp(AR_DIG_TEXT(column, "format"), "name") == 0)
			return (int)i;
		if (named < 0 && strcmp(AR_DIG_TEXT(column, "name"), "Name") == 0)
			named = (int)i;
	}
	return named;
}

/* What no object of Kubernetes is called could lead a path elsewhere. */
static bool is_name(const char *name)
{
	const size_t len = name ? strlen(name) : 0;

	return len > 0 && len <= 253 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       !strpbrk(name, "/%");
}

static int tell_row(struct walk *walk, const char *name, struct ar_err *err)
{
	if (!is_name(name))
		return ar_err_set(err, "a row of %s has no name", walk->path);
	if (walk->skips && strcmp(name, ar_buf_text(&walk->last)) <= 0)
		return 0;
	walk->skips = false;
	ar_buf_reset(&walk->last);
	ar_buf_adds(&walk->last, name);
	if (ar_buf_check(&walk->last, err) != 0)
		return -1;
	walk->sum->count++;
	return walk->ask->each(walk->ask->user, walk->namespace, name, err);
}

static int tell_rows(struct walk *walk, const json_t *table, struct ar_err *err)
{
	const json_t *rows = json_object_get(table, "rows"), *row;
	const int column = json_array_size(rows) > 0 ? name_column(table) : 0;
	size_t i;

	if (column < 0)
		return ar_err_set(err, "the Table of %s has no column for the name", walk->path);
	json_array_foreach(rows, i, row)
	{
		const json_t *cell = json_array_get(json_object_get(row, "cells"), (size_t)column);
		if (tell_row(walk, json_string_value(cell), err) != 0)
			return -1;
	}
	return 0;
}

static int take_page(struct walk *walk, const struct ar_buf *body, struct ar_err *err)
{
	char version[64];
	json_auto_t *table = NULL;

	/* Whatever else it is may bear objects. */
	if (!ar__table_head(body, version))
		return ar_err_set(err, "the API server does not list %s as a Table", walk->path);
	if (ar_answer_json(body, &table, err) != 0)
		return -1;
	if (!walk->sum->resource_version[0])
		memcpy(walk->sum->resource_version, version, sizeof version);
	return tell_rows(walk, table, err) == 0
		       ? set_token(walk, AR_DIG_TEXT(table, "metadata", "continue"), err)
		       : -1;
}

/* One page, or what came in its place. *ret_more: there is another one to ask for. */
static int walk_page(struct walk *walk, bool *ret_more, struct ar_err *err)
{
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = AR_HTTP_RESPONSE_INIT;
	struct ar_answer answer;
	char what[sizeof walk->path + 8];

	if (ask_page(walk, &response, &answer, err) != 0)
		return -1;
	const bool expired = answer.code == 410 && walk->token.len > 0;
	snprintf(what, sizeof what, "list %s", walk->path);
	if (!expired && answer.kind != AR_ANSWER_OK)
		return ar_api_refused(walk->api, &answer, what, err);
	if ((expired ? go_on_anew(walk, &response.body, err)
		     : take_page(walk, &response.body, err)) != 0)
		return -1;
	*ret_more = expired || walk->token.len > 0;
	return 0;
}

static int walk_pages(struct walk *walk, struct ar_err *err)
{
	bool more = true;

	while (more)
		if (walk_page(walk, &more, err) != 0)
			return -1;
	return 0;
}

/* --- namespaces --------------------------------------------------------------------------------
 */

static int walk_one(struct ar_api *api, const struct ar_names_ask *ask, const char *namespace,
		    struct ar_names *sum, struct ar_err *err)
{
	WALK_AUTO struct walk walk = { .api = api, .ask = ask, .namespace = namespace, .sum = sum };

	if (!ar_served_path(ask->served, namespace, NULL, walk.path, sizeof walk.path))
		return ar_err_set(err, "the path of '%s' is too long",
				  ask->served->resource.resource);
	return walk_pages(&walk, err);
}

static int collect(void *user, const char *namespace, const char *name, struct ar_err *err)
{
	struct ar_buf *names = user;

	(void)namespace;
	ar_buf_add(names, name, strlen(name) + 1);
	return ar_buf_check(names, err);
}

static int walk_namespaces(struct ar_api *api, const struct ar_names_ask *ask, struct ar_names *sum,
			   struct ar_err *err)
{
	static const struct ar_served namespaces = { .resource = { .resource = "namespaces" },
						     .version = "v1",
						     .list = true };
	AR_BUF_AUTO struct ar_buf names = AR_BUF_INIT;
	const struct ar_names_ask which = { .served = &namespaces,
					    .each = collect,
					    .user = &names };
	struct ar_names ignored = { .count = 0 };

	if (walk_one(api, &which, "", &ignored, err) != 0)
		return -1;
	for (size_t at = 0; at < names.len; at += strlen(names.data + at) + 1)
		if (walk_one(api, ask, names.data + at, sum, err) != 0)
			return -1;
	return 0;
}

int ar_names_read(struct ar_api *api, const struct ar_names_ask *ask, struct ar_names *ret,
		  struct ar_err *err)
{
	struct ar_names sum = { .count = 0 };
	const bool all = ask->served->namespaced && !ask->namespace;
	const char *one = ask->served->namespaced && ask->namespace ? ask->namespace : "";

	if ((all ? walk_namespaces(api, ask, &sum, err) : walk_one(api, ask, one, &sum, err)) != 0)
		return -1;
	*ret = sum;
	return 0;
}
