/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "diag/symptom.h"
#include "flow/server.h"

/*
 * The logs of a control plane: the API server's container, and the kubelet. Bounded, read in place,
 * and never waited for.
 */

#define AR_LOG_MAX ((size_t)256 << 10)

/* The newest log of the container in the pod `uid`, its last AR_LOG_MAX bytes appended to `out`.
 * *ret_number is its number, how often the container was started before it; -1: there is none. */
void ar_logs_server(const struct ar_session *session, const struct ar_pod *pod, const char *uid,
		    struct ar_buf *out, int *ret_number);
/* What the kubelet has said since the clock was `since_ns`: from a file, or from the journal. The
 * name says from where. */
const char *ar_logs_kubelet(const struct ar_session *session, int64_t since_ns, struct ar_buf *out);
