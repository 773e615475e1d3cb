/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest_help.h"
#include "plan/next.h"

Suite *moved_suite(void);

#define CLUSTER \
	"apiVersion: kubeadm.k8s.io/v1beta4\ncertificatesDir: /p\nkind: ClusterConfiguration\n"

/* What next() makes of a text; the text itself where there is nothing to do. */
static void make(const char *data, const struct ar_goal *goal, struct ar_buf *out)
{
	const struct ar_observation seen = {
		.file = { .name = "f.yaml", .data = data, .len = strlen(data) }
	};
	AR_STEP_AUTO struct ar_step step = AR_STEP_INIT;
	AR_BUF_AUTO struct ar_buf spliced = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;
	enum ar_next next;

	ck_assert_msg(ar_plan_next(&seen, goal, &next, &step, &err) == 0, "%s", err.msg);
	if (next == AR_NEXT_DONE) {
		ar_buf_adds(out, data);
		return;
	}
	/* The diff is drawn from the edits: they make the same bytes. */
	ck_assert_int_eq(ar_splice(&seen.file, &step.plan.edits, &spliced, &err), 0);
	ck_assert_str_eq(ar_buf_text(&spliced), ar_buf_text(&step.bytes));
	ar_buf_adds(out, ar_buf_text(&step.bytes));
}

/* A config that moves leaves the manifest as if it had always been in its new place. */
START_TEST(a_manifest_follows_its_config)
{
	const struct ar_goal to_file = { .kind = AR_GOAL_PATCH, .wanted = wanted_file };
	const struct ar_goal to_folder = { .kind = AR_GOAL_PATCH, .wanted = wanted_folder };
	const struct ar_goal move = { .kind = AR_GOAL_PATCH,
				      .wanted = wanted_folder,
				      .instead = &wanted_file };
	AR_BUF_AUTO struct ar_buf old = AR_BUF_INIT, moved = AR_BUF_INIT, direct = AR_BUF_INIT,
				  again = AR_BUF_INIT;

	make(MANIFEST("", "", ""), &to_file, &old);
	make(MANIFEST("", "", ""), &to_folder, &direct);
	make(ar_buf_text(&old), &move, &moved);
	ck_assert_str_eq(ar_buf_text(&moved), ar_buf_text(&direct));
	make(ar_buf_text(&moved), &move, &again);
	ck_assert_str_eq(ar_buf_text(&again), ar_buf_text(&direct));
}
END_TEST

START_TEST(kubeadm_config_follows_too)
{
	const struct ar_goal file = { .kind = AR_GOAL_PERSIST, .wanted = wanted_file };
	const struct ar_goal folder = { .kind = AR_GOAL_PERSIST, .wanted = wanted_folder };
	const struct ar_goal move = { .kind = AR_GOAL_PERSIST,
				      .wanted = wanted_folder,
				      .instead = &wanted_file };
	AR_BUF_AUTO struct ar_buf old = AR_BUF_INIT, moved = AR_BUF_INIT, direct = AR_BUF_INIT,
				  fresh = AR_BUF_INIT, again = AR_BUF_INIT;

	make(CLUSTER, &file, &old);
	make(CLUSTER, &folder, &direct);
	make(ar_buf_text(&old), &move, &moved);
	ck_assert_str_eq(ar_buf_text(&moved), ar_buf_text(&direct));
	make(ar_buf_text(&moved), &move, &again);
	ck_assert_str_eq(ar_buf_text(&again), ar_buf_text(&direct));
	make(CLUSTER, &move, &fresh); /* one that never had it */
	ck_assert_str_eq(ar_buf_text(&fresh), ar_buf_text(&direct));
}
END_TEST

/* kubeadm's own upload always has an apiServer: taken out again, it is what it was. */
static const char *const uploads[] = {
	"apiServer: {}\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n",
	"apiServer: {}\napiVersion: kubeadm.k8s.io/v1beta3\ncertificatesDir: /p\nkind: "
	"ClusterConfiguration\n",
	"apiServer:\n  certSANs:\n  - a\napiVersion: kubeadm.k8s.io/v1beta4\nkind: "
	"ClusterConfiguration\n",
	"apiServer:\n  timeoutForControlPlane: 4m0s\napiVersion: kubeadm.k8s.io/v1beta3\nkind: "
	"ClusterConfiguration\n",
};

START_TEST(an_upload_is_what_it_was)
{
	const struct ar_goal there = { .kind = AR_GOAL_PERSIST, .wanted = wanted_file };
	const struct ar_goal back = { .kind = AR_GOAL_UNPERSIST,
				      .wanted = wanted_file,
				      .uploaded = true };
	AR_BUF_AUTO struct ar_buf with = AR_BUF_INIT, without = AR_BUF_INIT;

	make(uploads[_i], &there, &with);
	ck_assert_str_ne(ar_buf_text(&with), uploads[_i]);
	make(ar_buf_text(&with), &back, &without);
	ck_assert_str_eq(ar_buf_text(&without), uploads[_i]);
}
END_TEST

Suite *moved_suite(void)
{
	Suite *suite = suite_create("moved");
	TCase *all = tcase_create("moved");

	tcase_add_test(all, a_manifest_follows_its_config);
	tcase_add_test(all, kubeadm_config_follows_too);
	tcase_add_loop_test(all, an_upload_is_what_it_was, 0, sizeof uploads / sizeof uploads[0]);
	suite_add_tcase(suite, all);
	return suite;
}
