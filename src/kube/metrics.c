/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CONTROLLER "apiserver_encryption_config_controller_"
#define RELOADS    CONTROLLER "automatic_reload"
#define LINE       1024

struct line {
	const char *text; /* NUL-terminated */
	double value;
};

static bool has_name(const char *line, const char *name)
{
	size_t len = strlen(name);

	return strncmp(line, name, len) == 0 && (line[len] == '{' || line[len] == ' ');
}

static void read_hash(const struct line *line, struct ar_loaded *ret)
{
	static const char label[] = "hash=\"sha256:";
	const char *at = line->text;

	/* Another label's name ends in hash, too. */
	while ((at = strstr(at, label)) != NULL && at[-1] != '{' && at[-1] != ',')
		at++;
	if (!at)
		return;
	at += strlen(label);
	if (strspn(at, "0123456789abcdef") != AR_SHA256_HEX - 1 || at[AR_SHA256_HEX - 1] != '"')
		return;
	memcpy(ret->hash, at, AR_SHA256_HEX - 1);
	ret->hash[AR_SHA256_HEX - 1] = '\0';
	ret->has_hash = true;
}

static void read_start(const struct line *line, struct ar_loaded *ret)
{
	ret->start = line->value;
	ret->has_start = true;
}

static void read_time(const struct line *line, struct ar_loaded *ret)
{
	if (strstr(line->text, "status=\"success\"")) {
		ret->reload_success = line->value;
		ret->has_reload_success = true;
	} else if (strstr(line->text, "status=\"failure\"")) {
		ret->reload_failure = line->value;
		ret->has_reload_failure = true;
	}
}

/* 1.28 to 1.33 */
static void read_failures(const struct line *line, struct ar_loaded *ret)
{
	ret->reload_failures += line->value;
}

static void read_total(const struct line *line, struct ar_loaded *ret)
{
	if (strstr(line->text, "status=\"failure\""))
		read_failures(line, ret);
}

static void read_disabled(const struct line *line, struct ar_loaded *ret)
{
	ret->says_all = line->value < 1;
}

static const struct {
	const char *name;
	void (*read)(const struct line *, struct ar_loaded *);
} metrics[] = {
	{ CONTROLLER "last_config_info", read_hash },
	{ "process_start_time_seconds", read_start },
	{ RELOADS "_last_timestamp_seconds", read_time },
	{ RELOADS "_failures_total", read_failures },
	{ RELOADS "s_total", read_total },
	{ "disabled_metrics_total", read_disabled },
};

/* The value stands behind the labels, or behind the name; a time may follow it. */
static bool read_value(const char *line, double *ret)
{
	const char *labels = strrchr(line, '}'), *at = labels ? labels + 1 : strchr(line, ' ');
	char *end = NULL;

	if (!at)
		return false;
	*ret = strtod(at, &end);
	return end != at && isfinite(*ret);
}

static void read_line(const char *text, size_t len, struct ar_loaded *ret)
{
	char copy[LINE];
	struct line line = { .text = copy };

	if (len == 0 || len >= sizeof copy || text[0] == '#')
		return;
	memcpy(copy, text, len);
	copy[len] = '\0';
	for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
		if (has_name(copy, metrics[i].name) && read_value(copy, &line.value))
			metrics[i].read(&line, ret);
}

void ar_loaded_read(const char *text, size_t len, struct ar_loaded *ret)
{
	*ret = (struct ar_loaded){ .has_hash = false };
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) - at : len - at;
		read_line(text + at, n, ret);
		at += n + 1;
	}
}

bool ar_loaded_enough(const char *text, size_t len)
{
	static const char head[] = "\n# HELP ";
	const size_t recent = 65536; /* what was there before was asked about before */
	const char *end = text + len, *at = len > recent ? end - recent : text;

	while ((at = memmem(at, (size_t)(end - at), head, sizeof head - 1)) != NULL) {
		at += sizeof head - 1;
		if (!memchr(at, '\n', (size_t)(end - at)))
			return false;
		if (strncmp(at, CONTROLLER, sizeof CONTROLLER - 1) > 0)
			return true;
	}
	return false;
}
