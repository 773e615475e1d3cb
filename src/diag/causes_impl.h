/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "diag/finding.h"

/* Internal to src/diag/causes*.c: the one table of causes, in parts, by when they are met. A part's
 * rows end with one that has no id. */

extern const struct ar_cause ar__causes_live[];   /* a live change, before and after it */
extern const struct ar_cause ar__causes_doctor[]; /* how a node is kept */
extern const struct ar_cause ar__causes_log[];    /* what logs say */
