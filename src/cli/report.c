/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/report_style.h"

#define LINE_MAX_BYTES 4096

/* --- where it goes --------------------------------------------------------------------------- */

static bool wants_colour(unsigned colour, FILE *stream)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	if (colour != AR_COLOUR_AUTO)
		return colour == AR_COLOUR_ALWAYS;
	if ((none && none[0]) || (term && strcmp(term, "dumb") == 0))
		return false;
	return isatty(fileno(stream)) != 0;
}

/* By the names of the locale's variables: calling setlocale would change strerror's language. */
static bool shows_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = getenv(names[i]);
		if (value && value[0])
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

static bool changes_files(const struct ar_options *opts)
{
	static const bool writers[AR_COMMANDS] = {
		[AR_CMD_PATCH] = true,   [AR_CMD_CONFIG_NEW] = true, [AR_CMD_UNDO] = true,
		[AR_CMD_ENABLE] = true,  [AR_CMD_ROTATE] = true,     [AR_CMD_CONTINUE] = true,
		[AR_CMD_DISABLE] = true, [AR_CMD_EXPORT] = true,     [AR_CMD_IMPORT] = true,
	};
	bool writes = writers[opts->command] || (opts->command == AR_CMD_DOCTOR && opts->fix);

	return writes && !opts->dry_run && !opts->check;
}

void ar_report_init(struct ar_report *report, const struct ar_options *opts)
{
	*report = (struct ar_report){
		.out = stdout,
		.err_out = stderr,
		.findings_out = opts->command == AR_CMD_CONFIG_CHECK ? stdout : stderr,
		.colour = wants_colour(opts->colour, stdout),
		.err_colour = wants_colour(opts->colour, stderr),
		.unicode = shows_utf8(),
		.terminal = isatty(STDOUT_FILENO) != 0,
		.json = opts->json,
		.quiet = opts->quiet,
		.changes = changes_files(opts),
	};
}

/* What is said on standard error comes after what was said before it. */
static FILE *begin_err(struct ar_report *report)
{
	fflush(report->out);
	return report->err_out;
}

int ar_report_finish(struct ar_report *report, int code)
{
	bool written = fflush(report->out) == 0 && !ferror(report->out);
	int sys = errno;

	if (written && !report->failed)
		return code;
	fprintf(report->err_out, "atrest: the result could not be %s\n",
		written ? "made: memory is out" : "written to standard output");
	if (!written && sys)
		fprintf(report->err_out, "  %s\n", strerror(sys));
	if (code != AR_DONE && code != AR_NOT_AS_WANTED)
		return code;
	if (report->changes)
		fputs("hint: what was done stands in 'atrest undo list'\n", report->err_out);
	return report->changes ? AR_LOOK : AR_FAILED;
}

/* --- text ------------------------------------------------------------------------------------ */

void ar_print_safe(FILE *out, const char *data, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t rune = 0;
		size_t n = ar_utf8_len(data + i, len - i, &rune);
		bool control = n == 0 || rune < 0x20 || (rune >= 0x7f && rune < 0xa0);

		if (control)
			fprintf(out, "\\x%02x", (unsigned)(unsigned char)data[i]);
		else
			fwrite(data + i, 1, n, out);
		i += control ? 1 : n;
	}
}

void ar_print_styled(FILE *out, bool colour, const char *style, const char *text)
{
	if (colour)
		fputs(style, out);
	ar_print_safe(out, text, strlen(text));
	if (colour)
		fputs(AR_STYLE_OFF, out);
}

static void print_line(FILE *out, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));

static void print_line(FILE *out, const char *fmt, va_list args)
{
	char line[LINE_MAX_BYTES];

	if (vsnprintf(line, sizeof line, fmt, args) < 0)
		return;
	ar_print_safe(out, line, strlen(line));
	fputc('\n', out);
}

void ar_report_say(struct ar_report *report, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line(report->out, fmt, args);
	va_end(args);
}

void ar_report_warn(struct ar_report *report, const char *fmt, ...)
{
	FILE *out = begin_err(report);
	va_list args;

	fputs("atrest: ", out);
	ar_print_styled(out, report->err_colour, AR_STYLE_WARNING, "warning");
	fputs(": ", out);
	va_start(args, fmt);
	print_line(out, fmt, args);
	va_end(args);
}

void ar_report_text(struct ar_report *report, const struct ar_buf *text)
{
	fwrite(ar_buf_text(text), 1, text->len, report->out);
}

static const struct {
	const char *utf8, *ascii, *style;
} marks[AR_MARKS] = {
	[AR_MARK_DONE] = { "✓", "=", AR_STYLE_GOOD },
	[AR_MARK_ADD] = { "+", "+", AR_STYLE_GOOD },
	[AR_MARK_CHANGE] = { "~", "~", AR_STYLE_WARNING },
	[AR_MARK_REMOVE] = { "-", "-", AR_STYLE_BAD },
	[AR_MARK_CONFLICT] = { "✗", "x", AR_STYLE_BAD },
	[AR_MARK_WARN] = { "!", "!", AR_STYLE_WARNING },
};

void ar_report_check(struct ar_report *report, enum ar_mark mark, const char *fmt, ...)
{
	va_list args;

	fputs("  ", report->out);
	ar_print_styled(report->out, report->colour, marks[mark].style,
			report->unicode ? marks[mark].utf8 : marks[mark].ascii);
	fputc(' ', report->out);
	va_start(args, fmt);
	print_line(report->out, fmt, args);
	va_end(args);
}

/* Length of a colour sequence at `s` (ESC [ digits and semicolons m), 0 where there is none. */
static size_t colour_len(const char *s, size_t len)
{
	size_t n = 2;

	if (len < 3 || s[0] != '\033' || s[1] != '[')
		return 0;
	while (n < len && ((s[n] >= '0' && s[n] <= '9') || s[n] == ';'))
		n++;
	return n < len && s[n] == 'm' ? n + 1 : 0;
}

/* One piece of a diff that a terminal may see as it is. */
static size_t harmless_len(const char *s, size_t len)
{
	uint32_t rune = 0;
	size_t n = ar_utf8_len(s, len, &rune);

	if (n > 0 && rune >= 0x20 && (rune < 0x7f || rune >= 0xa0))
		return n;
	if (s[0] == '\n' || s[0] == '\t' || (s[0] == '\r' && len > 1 && s[1] == '\n'))
		return 1;
	return colour_len(s, len);
}

/* To a file or pipe the bytes go out as they are: patch(1) takes them. */
void ar_report_diff(struct ar_report *report, const struct ar_buf *diff)
{
	const char *data = ar_buf_text(diff);

	if (!report->terminal) {
		fwrite(data, 1, diff->len, report->out);
		return;
	}
	for (size_t i = 0; i < diff->len;) {
		size_t n = harmless_len(data + i, diff->len - i);
		if (n > 0)
			fwrite(data + i, 1, n, report->out);
		else
			ar_print_safe(report->out, data + i, 1);
		i += n > 0 ? n : 1;
	}
}

/* --- errors ---------------------------------------------------------------------------------- */

/* What the reader has to know of the world, by class: the one place that says it. */
static const struct {
	const char *name, *state;
} classes[] = {
	[AR_DONE] = { "done", "" },
	[AR_FAILED] = { "failed", "nothing was changed" },
	[AR_USAGE] = { "usage", "nothing was changed" },
	[AR_NOT_AS_WANTED] = { "not-as-wanted", "nothing was changed" },
	[AR_RESUMABLE] = { "resumable", "stopped midway and safe: run the same command again" },
	[AR_LOOK] = { "look", "the state is not known: look before anything else is done" },
	[AR_PUT_BACK] = { "put-back", "it was changed, failed, and was put back: find the cause "
				      "before trying again" },
	[AR_OTHER_NODE] = { "other-node", "done here; another node must act" },
};

const char *ar_class_state(enum ar_class class)
{
	return class < sizeof classes / sizeof classes[0] ? classes[class].state : "";
}

const char *ar_class_name(enum ar_class class)
{
	return class < sizeof classes / sizeof classes[0] ? classes[class].name : "";
}

static void print_place(const struct ar_report *report, FILE *out, const struct ar_err *err)
{
	char place[sizeof err->path + 50];

	if (!err->path[0])
		return;
	if (err->line > 0)
		snprintf(place, sizeof place, "%s:%zu:%zu", err->path, err->line, err->column);
	else
		snprintf(place, sizeof place, "%s", err->path);
	ar_print_styled(out, report->err_colour, AR_STYLE_PLACE, place);
	fputs(": ", out);
}

/* The source holds no control characters (ar_err_at saw to that), so the caret can be counted. */
static void print_source(const struct ar_report *report, FILE *out, const struct ar_err *err)
{
	if (!err->source[0])
		return;
	fputs("  ", out);
	ar_print_safe(out, err->source, strlen(err->source));
	fprintf(out, "\n  %*s", (int)err->caret, "");
	ar_print_styled(out, report->err_colour, AR_STYLE_GOOD, "^");
	fputc('\n', out);
}

void ar_report_error(struct ar_report *report, const struct ar_err *err)
{
	FILE *out = begin_err(report);

	ar_print_styled(out, report->err_colour, AR_STYLE_BAD, "atrest");
	fputs(": ", out);
	print_place(report, out, err);
	ar_print_safe(out, err->msg, strlen(err->msg));
	fputc('\n', out);
	print_source(report, out, err);
	if (err->hint[0]) {
		ar_print_styled(out, report->err_colour, AR_STYLE_GOOD, "hint");
		fputs(": ", out);
		ar_print_safe(out, err->hint, strlen(err->hint));
		fputc('\n', out);
	}
	fprintf(out, "%s\n", ar_class_state(err->class));
	if (report->json)
		ar_json_print_error(report, err);
}
