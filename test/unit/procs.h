/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <signal.h>
#include <sys/wait.h>

#include "host/process.h"
#include "world.h"

/* Children of a test: real processes, that say when they are there and end with the test. */

struct child {
	pid_t pid;
	int say;  /* what it is told; closing it ends those that wait for it */
	int hear; /* what it says */
};

/* Runs `body` in a child, between two pipes. */
static inline struct child child_start(void (*body)(int hear, int say, void *data), void *data)
{
	int down[2], up[2];

	ck_assert_int_eq(pipe2(down, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(up, O_CLOEXEC), 0);
	struct child child = { .pid = fork(), .say = down[1], .hear = up[0] };
	ck_assert_int_ge(child.pid, 0);
	if (child.pid == 0) {
		close(down[1]);
		close(up[0]);
		body(down[0], up[1], data);
		_exit(0);
	}
	close(down[0]);
	close(up[1]);
	return child;
}

static inline void child_exec(int hear, int say, void *data)
{
	char **argv = data;

	dup2(hear, STDIN_FILENO);
	dup2(say, STDOUT_FILENO);
	execv("/bin/sh", argv);
	_exit(127);
}

/* A shell under the name argv[0] that says "x" and waits; what is in argv from [4] on are arguments
 * that it does not look at. */
#define CHILD_SCRIPT "printf x; read line"

/* Waits for the next byte that it says. */
static inline char child_says(const struct child *child)
{
	char c = '\0';

	ck_assert_int_eq(read(child->hear, &c, 1), 1);
	return c;
}

/* Lets it end, and waits for that: its status. */
static inline int child_end(struct child *child)
{
	int status = 0;

	close(child->say);
	ck_assert_int_eq(waitpid(child->pid, &status, 0), child->pid);
	close(child->hear);
	return status;
}

/* The machine's own root: `host` of a test is a folder. */
static const struct ar_host machine = { .root_fd = -1 };

/* One process, found by its name and pid; false when it is not in the list. */
static inline bool find_process(const char *name, pid_t pid, struct ar_process *ret)
{
	struct ar_err err = AR_ERR_INIT;
	struct ar_process *list = NULL;
	size_t count = 0;
	bool found = false;

	ck_assert_msg(ar_process_list(&machine, name, &list, &count, &err) == 0, "%s", err.msg);
	for (size_t i = 0; i < count; i++) {
		if (list[i].pid != pid)
			continue;
		*ret = list[i];
		list[i] = (struct ar_process){ .pid = 0 };
		found = true;
	}
	ar_process_list_free(list, count);
	return found;
}
