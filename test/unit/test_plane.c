/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest_help.h"
#include "plan/plane.h"

Suite *plane_suite(void);

#define CLUSTER "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n"
#define CONFIG  "kind: EncryptionConfiguration\n"

/* A node, its parts in one place. */
struct node {
	struct parsed pod;
	struct ar_server server;
	struct ar_plane seen;
	struct ar_plane_goal goal;
};

static struct ar_text text_of(const char *name, const char *data, bool secret)
{
	return (struct ar_text){
		.name = name, .data = data, .len = data ? strlen(data) : 0, .secret = secret
	};
}

static void node_init(struct node *node, const char *config, const char *manifest,
		      enum ar_load load, const char *kubeadm)
{
	*node = (struct node){ .pod = parsed_pod(manifest, NULL), .server = { .load = load } };
	node->seen = (struct ar_plane){
		.config = { .file = text_of(ENC, config, true), .guarded = true },
		.manifest = { .file = node->pod.text,
			      .live = true,
			      .guarded = true,
			      .servers = &node->server,
			      .server_count = 1 },
		.kubeadm = { .file = text_of("kubeadm-config", kubeadm, false) },
	};
	node->goal = (struct ar_plane_goal){
		.config = { .kind = AR_GOAL_CONFIG, .wanted_text = text_of(ENC, CONFIG, true) },
		.manifest = { .kind = AR_GOAL_PATCH, .wanted = wanted_file },
		.kubeadm = { .kind = AR_GOAL_PERSIST, .wanted = wanted_file },
		.old = { .kind = AR_GOAL_RESTORE },
		.persist = true,
	};
}

/* The moves up to done over the model, a letter each: "CMLPOR" (the old file goes, then what is
 * stored is rewritten); '!' where it is refused. */
static void moves_of(struct node *node, char *ret, size_t size)
{
	static const char letters[AR_MOVES + 1] = "CMLPOR";
	struct ar_plane_step steps[8] = { AR_PLANE_STEP_INIT };
	struct ar_server servers[8];
	struct ar_plane now = node->seen;
	struct ar_err err = AR_ERR_INIT;
	enum ar_next next;
	size_t n = 0;

	for (; n < 8; n++) {
		steps[n] = (struct ar_plane_step)AR_PLANE_STEP_INIT;
		ck_assert_msg(ar_plane_next(&now, &node->goal, &next, &steps[n], &err) == 0, "%s",
			      err.msg);
		if (next == AR_NEXT_DONE)
			break;
		ck_assert_uint_lt(n + 2, size);
		ret[n] = next == AR_NEXT_REFUSED ? '!' : letters[steps[n].move];
		if (next == AR_NEXT_REFUSED && ++n)
			break;
		now = ar_plane_after(&now, &steps[n], &servers[n]);
	}
	ret[n] = '\0';
	for (size_t i = 0; i < 8; i++)
		ar_plane_step_done(&steps[i]);
}

#define PLAIN   MANIFEST("", "", "")
#define PATCHED MANIFEST(OUR_FLAG, OUR_MOUNT, OUR_VOLUME)
#define KEPT                                                                                      \
	CLUSTER "apiServer:\n  extraArgs:\n  - name: encryption-provider-config\n    value: " ENC \
		"\n  extraVolumes:\n  - hostPath: " ENC "\n    mountPath: " ENC                   \
		"\n    name: encryption-config\n    pathType: File\n    readOnly: true\n"

/* Wherever a run was interrupted, the rest is what is left to do. */
static const struct {
	const char *config, *manifest;
	enum ar_load load;
	const char *kubeadm, *moves;
} nodes[] = {
	{ NULL, PLAIN, AR_LOAD_NOTHING, CLUSTER, "CMLP" },
	{ CONFIG, PLAIN, AR_LOAD_NOTHING, CLUSTER, "MLP" },
	{ CONFIG, PATCHED, AR_LOAD_NOTHING, CLUSTER, "LP" },
	{ CONFIG, PATCHED, AR_LOAD_OTHER, CLUSTER, "LP" },
	{ CONFIG, PATCHED, AR_LOAD_UNKNOWN, CLUSTER, "LP" },
	{ CONFIG, PATCHED, AR_LOAD_CURRENT, CLUSTER, "P" },
	{ CONFIG, PATCHED, AR_LOAD_CURRENT, KEPT, "" },
	{ CONFIG, PATCHED, AR_LOAD_CURRENT, NULL, "" },
	{ NULL, PATCHED, AR_LOAD_CURRENT, KEPT, "CL" },
	/* Its server has the flag, its manifest has not: both are what a next look decides. */
	{ CONFIG, PLAIN, AR_LOAD_CURRENT, KEPT, "ML" },
};

START_TEST(goes_on_from_what_it_sees)
{
	struct node node;
	char moves[16];

	node_init(&node, nodes[_i].config, nodes[_i].manifest, nodes[_i].load, nodes[_i].kubeadm);
	moves_of(&node, moves, sizeof moves);
	ck_assert_str_eq(moves, nodes[_i].moves);
	parsed_done(&node.pod);
}
END_TEST

static const struct {
	enum ar_load load;
	bool reloads;
	enum ar_loading loading;
} loadings[] = {
	{ AR_LOAD_NOTHING, false, AR_LOADING_POD }, { AR_LOAD_NOTHING, true, AR_LOADING_POD },
	{ AR_LOAD_UNKNOWN, true, AR_LOADING_POD },  { AR_LOAD_OTHER, false, AR_LOADING_RESTART },
	{ AR_LOAD_OTHER, true, AR_LOADING_RELOAD },
};

START_TEST(a_server_is_made_to_load_as_it_can)
{
	AR_PLANE_STEP_AUTO struct ar_plane_step step = AR_PLANE_STEP_INIT;
	struct ar_err err = AR_ERR_INIT;
	enum ar_next next;
	struct node node;

	node_init(&node, CONFIG, PATCHED, loadings[_i].load, NULL);
	node.server.reloads = loadings[_i].reloads;
	ck_assert_int_eq(ar_plane_next(&node.seen, &node.goal, &next, &step, &err), 0);
	ck_assert_int_eq(next, AR_NEXT_STEP);
	ck_assert_int_eq(step.move, AR_MOVE_LOAD);
	ck_assert_int_eq(step.loading, loadings[_i].loading);
	parsed_done(&node.pod);
}
END_TEST

/* No manifest names a config that its server would refuse; and no server is made to load one. */
START_TEST(a_bad_config_stops_the_manifest_and_the_load)
{
	struct node node;
	char moves[16];

	node_init(&node, CONFIG, _i ? PATCHED : PLAIN, AR_LOAD_NOTHING, CLUSTER);
	ck_assert_int_eq(ar_findings_say(&node.seen.config.findings, "config-syntax", ENC, "bad"),
			 0);
	moves_of(&node, moves, sizeof moves);
	ck_assert_str_eq(moves, "!");
	ar_findings_done(&node.seen.config.findings);
	parsed_done(&node.pod);
}
END_TEST

START_TEST(what_moved_is_retired_last)
{
	struct node node;
	char moves[16];

	node_init(&node, NULL, PLAIN, AR_LOAD_NOTHING, CLUSTER);
	node.seen.old.file = text_of("/old.yaml", CONFIG, true);
	node.goal.retire = true;
	moves_of(&node, moves, sizeof moves);
	ck_assert_str_eq(moves, "CMLPO");
	parsed_done(&node.pod);
}
END_TEST

START_TEST(without_persist_kubeadm_config_is_left_alone)
{
	struct node node;
	char moves[16];

	node_init(&node, NULL, PLAIN, AR_LOAD_NOTHING, CLUSTER);
	node.goal.persist = false;
	moves_of(&node, moves, sizeof moves);
	ck_assert_str_eq(moves, "CML");
	parsed_done(&node.pod);
}
END_TEST

/* --- what is stored -------------------------------------------------------------------------- */

static const struct {
	const char *manifest;
	enum ar_load load;
	bool rewrite;
	struct ar_stored_seen stored;
	const char *moves;
} storeds[] = {
	/* Not counted yet: taken to need it, once everything else is done. */
	{ PLAIN, AR_LOAD_NOTHING, true, { .known = false }, "CMLPR" },
	{ PATCHED, AR_LOAD_CURRENT, true, { .known = false }, "R" },
	{ PATCHED, AR_LOAD_CURRENT, true, { .known = true, .stale = 1, .total = 9 }, "R" },
	{ PATCHED, AR_LOAD_CURRENT, true, { .known = true, .total = 9 }, "" },
	/* Known stale, and not how many (a quick look). */
	{ PATCHED, AR_LOAD_CURRENT, true, { .known = false, .stale = -1 }, "R" },
	/* It cannot be seen, and it is not wanted: nothing is promised. */
	{ PATCHED, AR_LOAD_CURRENT, true, { .unseen = true }, "" },
	{ PATCHED, AR_LOAD_CURRENT, false, { .known = true, .stale = 1 }, "" },
	{ PLAIN, AR_LOAD_NOTHING, false, { .known = true, .stale = 1 }, "CMLP" },
	/* Counted by the config that will be there: no rewrite before it is loaded. */
	{ PLAIN, AR_LOAD_NOTHING, true, { .known = true, .stale = 9, .total = 9 }, "CMLPR" },
};

START_TEST(what_is_stored_is_rewritten_last)
{
	struct node node;
	char moves[16];
	const bool kept = storeds[_i].load == AR_LOAD_CURRENT;

	node_init(&node, kept ? CONFIG : NULL, storeds[_i].manifest, storeds[_i].load,
		  kept ? KEPT : CLUSTER);
	node.seen.stored = storeds[_i].stored;
	node.goal.rewrite = storeds[_i].rewrite;
	moves_of(&node, moves, sizeof moves);
	ck_assert_str_eq(moves, storeds[_i].moves);
	parsed_done(&node.pod);
}
END_TEST

START_TEST(an_old_file_goes_before_what_is_stored_is_rewritten)
{
	struct node node;
	char moves[16];

	node_init(&node, NULL, PLAIN, AR_LOAD_NOTHING, CLUSTER);
	node.seen.old.file = text_of("/old.yaml", CONFIG, true);
	node.goal.retire = node.goal.rewrite = true;
	moves_of(&node, moves, sizeof moves);
	ck_assert_str_eq(moves, "CMLPOR");
	parsed_done(&node.pod);
}
END_TEST

START_TEST(a_rewrite_is_about_no_file)
{
	for (enum ar_move move = 0; move < AR_MOVES; move++)
		ck_assert_int_eq(ar_plane_is_file(move),
				 move != AR_MOVE_LOAD && move != AR_MOVE_REWRITE);
}
END_TEST

Suite *plane_suite(void)
{
	Suite *suite = suite_create("plane");
	TCase *all = tcase_create("moves");

	tcase_add_loop_test(all, goes_on_from_what_it_sees, 0, sizeof nodes / sizeof nodes[0]);
	tcase_add_loop_test(all, a_server_is_made_to_load_as_it_can, 0,
			    sizeof loadings / sizeof loadings[0]);
	tcase_add_loop_test(all, a_bad_config_stops_the_manifest_and_the_load, 0, 2);
	tcase_add_test(all, what_moved_is_retired_last);
	tcase_add_test(all, without_persist_kubeadm_config_is_left_alone);
	tcase_add_loop_test(all, what_is_stored_is_rewritten_last, 0,
			    sizeof storeds / sizeof storeds[0]);
	tcase_add_test(all, an_old_file_goes_before_what_is_stored_is_rewritten);
	tcase_add_test(all, a_rewrite_is_about_no_file);
	suite_add_tcase(suite, all);
	return suite;
}
