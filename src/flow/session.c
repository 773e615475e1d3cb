/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/session.h"

#include <stdarg.h>

#include "host/machine.h"

void ar_trace(const struct ar_session *session, const char *fmt, ...)
{
	va_list args;

	if (!session->trace)
		return;
	fputs("trace: ", session->trace);
	va_start(args, fmt);
	vfprintf(session->trace, fmt, args);
	va_end(args);
	fputc('\n', session->trace);
}

void ar_session_log(const struct ar_session *session, const char *what)
{
	char line[400];

	if (session->host.root)
		return;
	snprintf(line, sizeof line, "%s: %s", session->command, what);
	ar_machine_log(session->who, line);
}
