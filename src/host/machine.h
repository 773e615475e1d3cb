/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/*
 * Small facts about the machine and the person in front of it, and the system log.
 */

/* The sudo user, where that can be a user's name; else the user's name, else the uid as a number.
 */
void ar_machine_user(char *buf, size_t size);
/* RFC 3339, UTC, to the second; SOURCE_DATE_EPOCH fixes it, as in reproducible builds. */
void ar_machine_now(char *buf, size_t size);
/* One line to syslog, authpriv.notice: who, what. Never a key. */
void ar_machine_log(const char *who, const char *what);
/* Asks on the controlling terminal, never on standard input; true only for a typed "y" or "yes".
 * false where there is no terminal. */
bool ar_machine_confirm(const char *question);
/* Is there somebody to ask? */
bool ar_machine_has_terminal(void);
