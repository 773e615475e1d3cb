/* SPDX-License-Identifier: Apache-2.0 */
#include "host/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/secret.h"

#define CTRL_C  3
#define CTRL_BS 28

/* Without echo, and with Ctrl-C as a character that ends the line: a signal would leave a terminal
 * behind that shows nothing. */
static int hide(int fd, struct termios *ret_before)
{
	struct termios now;

	if (tcgetattr(fd, ret_before) != 0)
		return -1;
	now = *ret_before;
	now.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL | ISIG);
	now.c_lflag |= ICANON;
	now.c_cc[VEOL] = CTRL_C;
	now.c_cc[VEOL2] = CTRL_BS;
	return tcsetattr(fd, TCSAFLUSH, &now);
}

static ssize_t read_line(int fd, char *buf, size_t size)
{
	ssize_t n;

	do
		n = read(fd, buf, size);
	while (n < 0 && errno == EINTR);
	return n;
}

static int judge_line(char *buf, ssize_t got, size_t size, size_t *ret_len, struct ar_err *err)
{
	size_t len = got > 0 ? (size_t)got : 0;

	if (len == size)
		return ar_err_set(err, "the passphrase is too long; expected less than %zu bytes",
				  size);
	if (len == 0 || buf[len - 1] == CTRL_C || buf[len - 1] == CTRL_BS)
		return ar_err_set(err, "no passphrase was given");
	if (buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	if (len == 0)
		return ar_err_set(err, "no passphrase was given");
	*ret_len = len;
	return 0;
}

/* What asks the process to end waits until the terminal is as it was. */
static int ask_hidden(int fd, const char *question, char *buf, size_t size, ssize_t *ret_got)
{
	struct termios before;
	sigset_t ending, mask;

	sigemptyset(&ending);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGHUP);
	sigprocmask(SIG_BLOCK, &ending, &mask);
	int hidden = hide(fd, &before);
	if (hidden == 0) {
		*ret_got = write(fd, question, strlen(question)) < 0 ? -1
								     : read_line(fd, buf, size);
		(void)!write(fd, "\n", 1);
		tcsetattr(fd, TCSAFLUSH, &before);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return hidden;
}

int ar_ask_passphrase(const char *question, char *buf, size_t size, size_t *ret_len,
		      struct ar_err *err)
{
	ssize_t got = 0;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		ar_err_set(err, "there is no terminal to ask for a passphrase on");
		err->sys = ENXIO;
		return -1;
	}
	ar_secret_forget();
	int asked = ask_hidden(fd, question, buf, size, &got);
	close(fd);
	if (asked != 0)
		return ar_err_set(err, "the terminal cannot be kept from showing a passphrase");
	return judge_line(buf, got, size, ret_len, err);
}
