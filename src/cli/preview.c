/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/preview.h"

#include <stdio.h>
#include <string.h>

#include "cli/json_live.h"
#include "cli/stepdiff.h"

/* The model as it goes from step to step. The texts of later worlds lie in the steps before. */
struct model {
	struct ar_plane_step steps[AR_PREVIEW_STEPS];
	struct ar_server servers[AR_PREVIEW_STEPS];
	struct ar_plane now;
};

#define MODEL_AUTO __attribute__((cleanup(model_done)))

static void model_done(struct model *model)
{
	for (size_t i = 0; i < AR_PREVIEW_STEPS; i++)
		ar_plane_step_done(&model->steps[i]);
}

static int show_step(struct ar_preview *preview, const struct model *model, size_t index,
		     struct ar_err *err)
{
	const struct ar_plane_step *step = &model->steps[index];
	struct ar_report *report = preview->run->report;
	const struct ar_text *old = &ar_plane_seen(&model->now, step->move)->file;
	char words[400];

	ar_enable_words(preview->enable, step, words, sizeof words);
	if (preview->run->opts->json)
		return ar_json_print_plan(report, step, old, words, err);
	if (preview->run->opts->quiet)
		return 0;
	ar_report_say(report, "%zu. %s", index + 1, words);
	return ar_plane_is_file(step->move) ? ar_stepdiff_show(report, old, &step->file, err) : 0;
}

static void show_findings(const struct ar_preview *preview)
{
	const struct ar_plane *seen = &preview->enable->node.seen;
	const struct ar_options *opts = preview->run->opts;

	if (opts->json)
		return;
	ar_report_findings(preview->run->report, &seen->config.findings, opts->accepted,
			   opts->accepted_count);
	ar_report_findings(preview->run->report, &seen->manifest.findings, opts->accepted,
			   opts->accepted_count);
}

static int walk(struct ar_preview *preview, struct model *model, struct ar_err *err)
{
	enum ar_next next = AR_NEXT_DONE;

	for (size_t i = 0; i < AR_PREVIEW_STEPS; i++) {
		if (ar_plane_next(&model->now, &preview->enable->goal, &next, &model->steps[i],
				  err) != 0)
			return -1;
		if (next == AR_NEXT_DONE)
			return 0;
		preview->steps++;
		preview->refused |= next == AR_NEXT_REFUSED;
		if (show_step(preview, model, i, err) != 0)
			return -1;
		model->now = ar_plane_after(&model->now, &model->steps[i], &model->servers[i]);
	}
	return ar_err_set(err, "the plan does not reach its goal: a bug in atrest");
}

/* What is stored could not be counted, so re-encrypting it is no step: who does it then. */
static void say_uncounted(const struct ar_preview *preview)
{
	const struct ar_enable *enable = preview->enable;
	struct ar_report *report = preview->run->report;

	if (!enable->uncounted[0])
		return;
	if (enable->session->host.root)
		ar_report_check(report, AR_MARK_WARN,
				"under --root these are all steps: on the node itself 'atrest "
				"enable' also waits until the API server has loaded it, "
				"re-encrypts what is stored, and proves every value in etcd");
	else
		ar_report_check(report, AR_MARK_WARN,
				"re-encrypting what is stored is no step here, as it could not be "
				"counted (%s): 'atrest reencrypt' goes by the API server's lists",
				enable->uncounted);
}

/* What no step shows, and belongs to a decision. */
static void say_more(const struct ar_preview *preview)
{
	const struct ar_enable *enable = preview->enable;
	struct ar_report *report = preview->run->report;

	if (preview->run->opts->json || preview->run->opts->quiet || preview->steps == 0)
		return;
	if (enable->persist && enable->node.kubeadm_seen != AR_KUBEADM_THERE)
		ar_report_check(
			report, AR_MARK_WARN, "kubeadm-config %s",
			enable->node.kubeadm_seen == AR_KUBEADM_ABSENT
				? "is not there: the flag has to be kept by whatever writes "
				  "this manifest"
				: "was not seen; it is looked at when the API server answers");
	say_uncounted(preview);
	if (preview->run->opts->dry_run || preview->run->opts->check)
		ar_report_say(report, preview->refused
					      ? "a run would be refused here; nothing was changed"
					      : "nothing was changed");
}

int ar_preview_show(struct ar_preview *preview, struct ar_err *err)
{
	MODEL_AUTO struct model model = { .now = preview->enable->node.seen };

	if (walk(preview, &model, err) != 0)
		return -1;
	show_findings(preview);
	say_more(preview);
	return 0;
}
