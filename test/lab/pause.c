/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first process of a node, of the lab's hub and of every pod's sandbox: it waits, takes in
 * whatever is left behind by others, and goes when told to. Its end ends its PID namespace.
 */
#include <signal.h>
#include <unistd.h>

static void leave(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

int main(void)
{
	/* Ended children vanish by themselves. */
	signal(SIGCHLD, SIG_IGN);
	signal(SIGTERM, leave);
	signal(SIGINT, leave);
	for (;;)
		pause();
}
