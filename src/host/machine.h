/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/*
 * Small facts about the machine and the person in front of it, and the system log.
 */

/* The sudo user, else the user's name, else the uid as a number. */
void ar_machine_user(char *buf, size_t size);
/* RFC 3339 UTC; ATREST tests may fix it with SOURCE_DATE_EPOCH, as reproducible builds do. */
void ar_machine_now(char *buf, size_t size);
/* One line to syslog, authpriv.notice: who, what. Never a key. */
void ar_machine_log(const char *who, const char *what);
/* Asks on the controlling terminal; true only for a typed "y" or "yes". false where there is no terminal. */
bool ar_machine_confirm(const char *question);
bool ar_machine_has_terminal(void);
