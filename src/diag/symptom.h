/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>

#include "diag/finding.h"

/*
 * What a log says about why a server does not run, or does not read: lines of kube-apiserver's own
 * log (as the container runtime keeps it, or plain) and of the kubelet's (a file, or journalctl's
 * output), each matched with one table of fragments that upstream prints (src/diag/symptom_text.c).
 *
 * Logs can hold keys (seen: 1.34 prints a provider with all its keys where an element holds two,
 * and the whole file where its kind is missing). Nothing that looks like key material leaves this
 * module: it is replaced by "[hidden]".
 */

/* Adds at most one finding per cause that `findings` does not have yet, from the latest line that
 * shows it; the most telling cause comes first. A finding's subject and line are the log's, its
 * `what` is the line, shortened; its `where` is the field path in the EncryptionConfiguration that
 * upstream complains of ("resources[0].providers[0].aescbc.keys[1].secret"; "line 9" where the YAML
 * reader tells no more), NULL where the line names none: ar_encconf_check's findings have the same
 * paths, with their lines. Give it only what was logged since the change: a kubelet's log is long,
 * and old lines count, too. */
int ar_symptom_scan(const struct ar_text *log, struct ar_findings *findings, struct ar_err *err);

/* Did a server say in its own log that it listens? From then on it may have written values. */
bool ar_symptom_listening(const struct ar_text *log);

/* The last lines of a log that fit into buf, oldest first, as they may be shown: without the
 * runtime's prefix, printable, and without key material. "" for an empty log. */
void ar_symptom_tail(const struct ar_text *log, char *buf, size_t size);
