/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/session.h"
#include "host/file.h"
#include "plan/next.h"

/*
 * Looking: every input read once, as bytes with their identity, and turned into an observation.
 */

struct ar_look {
	struct ar_snapshot file; /* the file that the goal is about */
	struct ar_tree *tree;    /* of a manifest, with its pod; NULL for other files */
	struct ar_pod *pod;
	struct ar_observation seen; /* borrows from all of these */
	struct ar_server server;
	char server_name[64];
};

#define AR_LOOK_AUTO __attribute__((cleanup(ar_look_done)))
/* Releases what was read. */
void ar_look_done(struct ar_look *look);

/* Reads `path` ("-": standard input) for a goal of patch; decides by the content whether it is a
 * manifest or a kubeadm config and sets goal->kind accordingly (PATCH to PERSIST, UNPATCH to
 * UNPERSIST). For a manifest the preflight is taken too: on a live folder its findings block,
 * elsewhere they only inform. */
int ar_look_patch(const struct ar_session *session, const char *path, struct ar_goal *goal,
		  struct ar_look *ret, struct ar_err *err);

/* Reads the file of a config or of a record. It may be missing. `secret`: it is key-bearing. */
int ar_look_file(const struct ar_session *session, const char *path, bool secret,
		 struct ar_look *ret, struct ar_err *err);

/* Is `path` a manifest in the kubelet's folder? */
bool ar_look_is_live(const struct ar_session *session, const char *path);

/* Does the manifest set the flag, under its name or the old one? */
bool ar_look_has_flag(const struct ar_pod *pod);

/* Findings about the mode and owner of a key-bearing file. */
int ar_look_config_file(const struct ar_session *session, const struct ar_snapshot *file,
			struct ar_findings *findings, struct ar_err *err);
