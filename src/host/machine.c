/* SPDX-License-Identifier: Apache-2.0 */
#include "host/machine.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* A name from the environment goes into records and the log: only what a user name can be. */
static bool is_name(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@\\$";

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

void ar_machine_now(char *buf, size_t size)
{
	const char *fixed = getenv("SOURCE_DATE_EPOCH");
	time_t now = fixed && fixed[0] ? (time_t)strtoll(fixed, NULL, 10) : time(NULL);
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

bool ar_machine_confirm(const char *question)
{
	char answer[16] = "";
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return false;
	ssize_t asked = write(fd, question, strlen(question));
	ssize_t n = asked < 0 ? -1 : read(fd, answer, sizeof answer - 1);
	close(fd);
	if (n <= 0)
		return false;
	answer[strcspn(answer, "\r\n")] = '\0';
	return strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0;
}
