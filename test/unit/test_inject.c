/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest_help.h"

Suite *inject_suite(void);

/* Plans, proves, and gives the new text in `out`; -1 and p->err where it is refused. */
static int patch(struct parsed *p, const struct ar_wanted *wanted, bool remove,
		 struct ar_inject *plan, struct ar_buf *out)
{
	int planned = remove ? ar_inject_remove(p->pod, wanted, plan, &p->err)
			     : ar_inject_plan(p->pod, wanted, plan, &p->err);

	if (planned != 0)
		return -1;
	ck_assert_msg(ar_inject_prove(p->pod, wanted, plan, remove, out, &p->err) == 0, "%s",
		      p->err.msg);
	return 0;
}

static void expect(const char *before, const struct ar_wanted *wanted, bool remove,
		   const char *after)
{
	PARSED_AUTO struct parsed p = parsed_pod(before, NULL);
	AR_INJECT_AUTO struct ar_inject plan = AR_INJECT_INIT;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	ck_assert_msg(p.pod != NULL, "%s", p.err.msg);
	ck_assert_msg(patch(&p, wanted, remove, &plan, &out) == 0, "%s", p.err.msg);
	ck_assert_str_eq(ar_buf_text(&out), after);
	ck_assert_int_eq(plan.edits.count == 0, strcmp(before, after) == 0);
}

#define V30 "image: x:v1.30.0"
#define FLOW(rest) \
	HEAD "spec:\n  containers:\n  - name: kube-apiserver\n    image: x\n    command: " rest

/* Law 3 and law 4: only the additions differ; and --remove takes exactly these out again. */
static const struct {
	const char *before, *after;
} there_and_back[] = {
	{ MANIFEST("", "", ""), MANIFEST(OUR_FLAG, OUR_MOUNT, OUR_VOLUME) },
	{ MANIFEST("    # é\n", "", ""), MANIFEST(OUR_FLAG "    # é\n", OUR_MOUNT, OUR_VOLUME) },
	{ MANIFEST("", OUR_MOUNT, OUR_VOLUME), MANIFEST(OUR_FLAG, OUR_MOUNT, OUR_VOLUME) },
	{ FLOW("[kube-apiserver]\n"),
	  FLOW("[kube-apiserver, " FLAG "]\n    volumeMounts:\n" OUR_MOUNT
	       "  volumes:\n" OUR_VOLUME) },
	{ FLOW("[kube-apiserver]"),
	  FLOW("[kube-apiserver, " FLAG "]\n    volumeMounts:\n" OUR_MOUNT "  volumes:\n"
	       "  - hostPath:\n      path: " ENC
	       "\n      type: File\n    name: encryption-config") },
	{ FLOW("[\n      kube-apiserver, # c\n      --z=1 # d\n    ]\n    volumeMounts: [{name: a, "
	       "mountPath: /a}]\n"
	       "  volumes: [{name: a, emptyDir: {}}]\n"),
	  FLOW("[\n      kube-apiserver, # c\n      " FLAG
	       ",\n      --z=1 # d\n    ]\n    volumeMounts: [{name: a, "
	       "mountPath: /a}, {name: encryption-config, mountPath: " ENC ", readOnly: true}]\n"
	       "  volumes: [{name: a, emptyDir: {}}, {name: encryption-config, hostPath: "
	       "{path: " ENC ", type: File}}]\n") },
};

START_TEST(exactly_the_planned_is_added_and_taken_out_again)
{
	const char *before = there_and_back[_i].before, *after = there_and_back[_i].after;
	bool whole = _i != 2; /* there, mount and volume were ours before */

	expect(before, &wanted_file, false, after);
	expect(after, &wanted_file, false, after);
	if (whole)
		expect(after, &wanted_file, true, before);
}
END_TEST

/* What is there is used; what is missing is added; nothing else. */
#define IN_ETC "    - mountPath: /run/etc\n      name: etc\n"
#define ETC    "  - hostPath:\n      path: /etc\n    name: etc\n"
static const struct {
	const char *before, *after;
} states[] = {
	{ MANIFEST(OUR_FLAG, OUR_MOUNT, OUR_VOLUME), MANIFEST(OUR_FLAG, OUR_MOUNT, OUR_VOLUME) },
	{ MANIFEST(OUR_FLAG, "", OUR_VOLUME), MANIFEST(OUR_FLAG, OUR_MOUNT, OUR_VOLUME) },
	{ MANIFEST(OUR_FLAG, OUR_MOUNT, ""), MANIFEST(OUR_FLAG, OUR_MOUNT, OUR_VOLUME) },
	{ MANIFEST("    - --encryption-provider-config\n    - " ENC "\n", "", ""),
	  MANIFEST("    - --encryption-provider-config\n    - " ENC "\n", OUR_MOUNT, OUR_VOLUME) },
	{ MANIFEST("", IN_ETC, ETC),
	  MANIFEST("    - --encryption-provider-config=/run/etc/kubernetes/enc.yaml\n", IN_ETC,
		   ETC) },
	{ MANIFEST("    - --encryption-provider-config=/run/etc/kubernetes/enc.yaml\n", IN_ETC,
		   ETC),
	  MANIFEST("    - --encryption-provider-config=/run/etc/kubernetes/enc.yaml\n", IN_ETC,
		   ETC) },
};

START_TEST(only_what_is_missing_is_planned)
{
	expect(states[_i].before, &wanted_file, false, states[_i].after);
}
END_TEST

/* Law 9: a conflict says what is there, and where. */
static const struct {
	const char *flags, *mounts, *volumes, *reason;
	size_t line;
} conflicts[] = {
	{ "    - --encryption-provider-config=/x\n", "", "", "is set to '/x', which no mount shows",
	  11 },
	{ "    - --encryption-provider-config=/certs/x\n", "", "", "is set to '/certs/x'; wanted",
	  11 },
	{ OUR_FLAG "    - --encryption-provider-config=/x\n", "", "",
	  "stands twice, with different values", 12 },
	{ "    - -encryption-provider-config=/x\n", "", "", "one dash", 11 },
	{ "    - --encryption-provider-config /x\n", "", "", "one item with a blank", 11 },
	{ "    - --encryption-provider-config\n", "", "", "has no value", 11 },
	{ "    - --experimental-encryption-provider-config=/x\n", "", "", "1.24 dropped it", 11 },
	{ "", "    - mountPath: " ENC "\n      name: ca-certs\n", "",
	  "mountPath '" ENC "' is taken by volume 'ca-certs'", 17 },
	{ "", "    - mountPath: /x\n      name: encryption-config\n", "",
	  "names volume 'encryption-config', which the pod does not have", 17 },
	{ "", "", "  - emptyDir: {}\n    name: encryption-config\n",
	  "taken, by a volume that is no hostPath", 21 },
	{ "", "", "  - hostPath: {path: /x}\n    name: encryption-config\n",
	  "taken, by hostPath '/x'", 21 },
};

START_TEST(a_conflict_is_refused_saying_what_is_there)
{
	char text[2048];
	AR_INJECT_AUTO struct ar_inject plan = AR_INJECT_INIT;

	snprintf(text, sizeof text, MANIFEST("%s", "%s", "%s"), conflicts[_i].flags,
		 conflicts[_i].mounts, conflicts[_i].volumes);
	PARSED_AUTO struct parsed p = parsed_pod(text, NULL);
	ck_assert_msg(p.pod != NULL, "%s", p.err.msg);
	ck_assert_int_eq(ar_inject_plan(p.pod, &wanted_file, &plan, &p.err), -1);
	ck_assert_msg(strstr(p.err.msg, conflicts[_i].reason) != NULL, "'%s' lacks '%s'", p.err.msg,
		      conflicts[_i].reason);
	ck_assert_uint_eq(p.err.line, conflicts[_i].line);
	ck_assert_str_ne(p.err.hint, "");
	ck_assert_uint_eq(plan.edits.count, 0);
}
END_TEST

static const struct {
	const char *before, *after;
} replaced[] = {
	{ "    - --encryption-provider-config=/x # c\n", OUR_FLAG },
	{ "    - \"--encryption-provider-config=/x\"\n", "    - \"" FLAG "\"\n" },
	{ "    - '--encryption-provider-config=/x''y'\n", "    - '" FLAG "'\n" },
	{ "    - \"--encryption-provider-config\\u003d/x\"\n", "    - \"" FLAG "\"\n" },
	{ "    - --encryption-provider-config\n    - \"/x\"\n",
	  "    - --encryption-provider-config\n    - \"" ENC "\"\n" },
};

START_TEST(replace_changes_the_value_and_keeps_its_quotes)
{
	struct ar_wanted wanted = wanted_file;
	char before[2048], after[2048];

	wanted.replace = true;
	snprintf(before, sizeof before, MANIFEST("%s", "", ""), replaced[_i].before);
	snprintf(after, sizeof after, MANIFEST("%s", OUR_MOUNT, OUR_VOLUME), replaced[_i].after);
	if (_i == 0)
		snprintf(after, sizeof after,
			 MANIFEST("    - " FLAG " # c\n", OUR_MOUNT, OUR_VOLUME));
	expect(before, &wanted, false, after);
}
END_TEST

#define RELOAD      "--encryption-provider-config-automatic-reload=true"
#define FOLDER_FLAG "--encryption-provider-config=/etc/kubernetes/enc/enc.yaml"
#define FOLDER_MOUNT                                                                            \
	"    - mountPath: /etc/kubernetes/enc\n      name: encryption-config\n      readOnly: " \
	"true\n"
#define FOLDER_VOLUME                                                                       \
	"  - hostPath:\n      path: /etc/kubernetes/enc\n      type: Directory\n    name: " \
	"encryption-config\n"

START_TEST(hot_reload_is_the_folder_and_the_second_flag)
{
	static const char after[] = MANIFEST("    - " FOLDER_FLAG "\n    - " RELOAD "\n",
					     FOLDER_MOUNT, FOLDER_VOLUME);

	expect(MANIFEST("", "", ""), &wanted_folder, false, after);
	expect(after, &wanted_folder, true, MANIFEST("", "", ""));
	expect(MANIFEST("    - " RELOAD "\n", "", ""), &wanted_folder, false, after);
	expect(MANIFEST("    - --encryption-provider-config-automatic-reload\n", "", ""),
	       &wanted_folder, false,
	       MANIFEST("    - " FOLDER_FLAG
			"\n    - --encryption-provider-config-automatic-reload\n",
			FOLDER_MOUNT, FOLDER_VOLUME));
	expect(FLOW("[\n      kube-apiserver\n    ]\n"), &wanted_folder, false,
	       FLOW("[\n      kube-apiserver,\n      " FOLDER_FLAG ",\n      " RELOAD
		    "\n    ]\n    volumeMounts:\n" FOLDER_MOUNT "  volumes:\n" FOLDER_VOLUME));
}
END_TEST

/* Law 5: the place that kubeadm gives the flag, by the version that wrote the file. */
static const struct {
	const char *tag;
	bool appends;
} versions[] = {
	{ "v1.13.0", false }, { "v1.29.6", false }, { "v1.31.14", false }, { "v1.32.11", false },
	{ "v1.32.12", true }, { "v1.33.7", false }, { "v1.33.8", true },   { "v1.34.3", false },
	{ "v1.34.4", true },  { "v1.35.0", false }, { "v1.35.1", true },   { "v1.36.0", true },
	{ "v1.40.2", true },  { "latest", false },
};

#define TAGGED                                                                                \
	HEAD "spec:\n  containers:\n  - name: kube-apiserver\n    image: x:%s\n    command: " \
	     "[kube-apiserver, --a=1"

START_TEST(the_flag_takes_the_place_that_kubeadm_gives_it)
{
	char before[1024], after[1024];
	bool appends = versions[_i].appends;

	snprintf(before, sizeof before, TAGGED ", --z=1]\n", versions[_i].tag);
	snprintf(after, sizeof after,
		 TAGGED "%s, --z=1%s]\n    volumeMounts:\n" OUR_MOUNT "  volumes:\n" OUR_VOLUME,
		 versions[_i].tag, appends ? "" : ", " FLAG, appends ? ", " FLAG : "");
	expect(before, &wanted_file, false, after);
}
END_TEST

static const struct {
	const char *flags, *after;
} orders[] = {
	{ "--b=1, --a=1", "--b=1, --a=1, " FLAG },
	{ "--encryption-provider, --encryption-provider-config-x=1",
	  "--encryption-provider, " FLAG ", --encryption-provider-config-x=1" },
	{ "--f, v, --z=1", "--f, v, --z=1, " FLAG },
	{ "--a, --, x", "--a, " FLAG ", --, x" },
	{ "--z", FLAG ", --z" },
};

START_TEST(flags_that_are_not_sorted_by_name_stay_and_ours_goes_last)
{
	char before[1024], after[1024];

	snprintf(before, sizeof before, FLOW("[kube-apiserver, %s]\n"), orders[_i].flags);
	snprintf(after, sizeof after,
		 FLOW("[kube-apiserver, %s]\n    volumeMounts:\n" OUR_MOUNT
		      "  volumes:\n" OUR_VOLUME),
		 orders[_i].after);
	expect(before, &wanted_file, false, after);
}
END_TEST

START_TEST(removal_leaves_what_is_not_ours)
{
	PARSED_AUTO struct parsed other =
		parsed_pod(MANIFEST("    - --encryption-provider-config=/x\n", "", ""), NULL);
	AR_INJECT_AUTO struct ar_inject plan = AR_INJECT_INIT;

	ck_assert_int_eq(ar_inject_remove(other.pod, &wanted_file, &plan, &other.err), -1);
	expect(MANIFEST("", IN_ETC, ETC), &wanted_file, true, MANIFEST("", IN_ETC, ETC));
	expect(MANIFEST("    # before\n" OUR_FLAG "    # behind\n", OUR_MOUNT, OUR_VOLUME),
	       &wanted_file, true, MANIFEST("    # before\n    # behind\n", "", ""));
	expect(MANIFEST("",
			OUR_MOUNT "  - name: b\n    volumeMounts: [{name: encryption-config, "
				  "mountPath: /b}]\n",
			OUR_VOLUME),
	       &wanted_file, true,
	       MANIFEST("",
			"  - name: b\n    volumeMounts: [{name: encryption-config, mountPath: "
			"/b}]\n",
			OUR_VOLUME));
}
END_TEST

START_TEST(what_becomes_empty_goes_with_its_key)
{
	expect(FLOW("[kube-apiserver, " FLAG "]\n    volumeMounts: # m\n" OUR_MOUNT
		    "  # v\n  volumes:\n" OUR_VOLUME),
	       &wanted_file, true, FLOW("[kube-apiserver]\n  # v\n"));
}
END_TEST

/* A plan that says one thing and does another is found out. */
START_TEST(the_proof_finds_a_wrong_edit)
{
	static const struct {
		size_t start, end;
		const char *text;
	} wrong[] = { { 16, 19, "Pox" }, { 143, 148, "--b=1" }, { 0, 0, "x: y\n" }, { 0, 0, "{" } };
	PARSED_AUTO struct parsed p = parsed_pod(MANIFEST(OUR_FLAG, OUR_MOUNT, OUR_VOLUME), NULL);
	AR_INJECT_AUTO struct ar_inject plan = AR_INJECT_INIT;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	ck_assert_int_eq(ar_edits_add(&plan.edits, wrong[_i].start, wrong[_i].end, wrong[_i].text,
				      strlen(wrong[_i].text), &p.err),
			 0);
	ck_assert_int_eq(ar_inject_prove(p.pod, &wanted_file, &plan, false, &out, &p.err), -1);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(each_part_names_its_edit_and_its_line)
{
	PARSED_AUTO struct parsed p = parsed_pod(MANIFEST(OUR_FLAG, "", ""), NULL);
	AR_INJECT_AUTO struct ar_inject plan = AR_INJECT_INIT;

	ck_assert_int_eq(ar_inject_plan(p.pod, &wanted_file, &plan, &p.err), 0);
	ck_assert_int_eq(plan.parts[AR_PART_FLAG].state, AR_PRESENT);
	ck_assert_uint_eq(plan.parts[AR_PART_FLAG].line, 11);
	ck_assert_int_eq(plan.parts[AR_PART_RELOAD].state, AR_ABSENT);
	ck_assert_int_eq(plan.parts[AR_PART_MOUNT].state, AR_ADD);
	ck_assert_uint_eq(plan.parts[AR_PART_MOUNT].edit, 0);
	ck_assert_int_eq(plan.parts[AR_PART_VOLUME].state, AR_ADD);
	ck_assert_uint_eq(plan.parts[AR_PART_VOLUME].edit, 1);
	ck_assert_ptr_nonnull(strstr(plan.edits.list[1].text, "hostPath"));
}
END_TEST

#define LOOP(tcase, test, table) tcase_add_loop_test(tcase, test, 0, sizeof table / sizeof *table)

Suite *inject_suite(void)
{
	Suite *suite = suite_create("inject");
	TCase *tcase = tcase_create("inject");

	LOOP(tcase, exactly_the_planned_is_added_and_taken_out_again, there_and_back);
	LOOP(tcase, only_what_is_missing_is_planned, states);
	LOOP(tcase, a_conflict_is_refused_saying_what_is_there, conflicts);
	LOOP(tcase, replace_changes_the_value_and_keeps_its_quotes, replaced);
	tcase_add_test(tcase, hot_reload_is_the_folder_and_the_second_flag);
	LOOP(tcase, the_flag_takes_the_place_that_kubeadm_gives_it, versions);
	LOOP(tcase, flags_that_are_not_sorted_by_name_stay_and_ours_goes_last, orders);
	tcase_add_test(tcase, removal_leaves_what_is_not_ours);
	tcase_add_test(tcase, what_becomes_empty_goes_with_its_key);
	tcase_add_loop_test(tcase, the_proof_finds_a_wrong_edit, 0, 4);
	tcase_add_test(tcase, each_part_names_its_edit_and_its_line);
	suite_add_tcase(suite, tcase);
	return suite;
}
