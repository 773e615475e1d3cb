/* SPDX-License-Identifier: Apache-2.0 */
#include "host/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* A name from the environment goes into records and the log: only what a user name can be. */
static bool is_name(const char *name)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@\\$";

	return name && name[0] && strlen(name) < 60 && name[strspn(name, good)] == '\0';
}

void ar_machine_user(char *buf, size_t size)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *user = is_name(sudo) ? NULL : getpwuid(getuid());

	if (is_name(sudo))
		snprintf(buf, size, "%s", sudo);
	else if (user && is_name(user->pw_name))
		snprintf(buf, size, "%s", user->pw_name);
	else
		snprintf(buf, size, "uid %u", (unsigned)getuid());
}

/* A clock that tests and reproducible builds may fix. What is no time that a record can hold counts
 * as not given. */
static time_t seconds(void)
{
	static const long long year_10000 = 253402300800;
	const char *fixed = getenv("SOURCE_DATE_EPOCH");
	char *end = NULL;

	if (fixed && fixed[0]) {
		long long given = strtoll(fixed, &end, 10);
		if (*end == '\0' && given >= 0 && given < year_10000)
			return (time_t)given;
	}
	return time(NULL);
}

void ar_machine_now(char *buf, size_t size)
{
	const time_t now = seconds();
	struct tm utc = { 0 };

	gmtime_r(&now, &utc);
	if (strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		buf[0] = '\0';
}

void ar_machine_log(const char *who, const char *what)
{
	openlog("atrest", LOG_PID, LOG_AUTHPRIV);
	syslog(LOG_NOTICE, "%s: %s", who, what);
	closelog();
}

bool ar_machine_has_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static ssize_t read_answer(int fd, char *buf, size_t size)
{
	ssize_t n;

	do
		n = read(fd, buf, size);
	while (n < 0 && errno == EINTR);
	return n;
}

bool ar_machine_confirm(const char *question)
{
	char answer[16] = "";
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return false;
	ssize_t n = write(fd, question, strlen(question)) < 0
			    ? -1
			    : read_answer(fd, answer, sizeof answer - 1);
	close(fd);
	if (n <= 0)
		return false;
	answer[strcspn(answer, "\r\n")] = '\0';
	return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}
