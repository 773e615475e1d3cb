/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/secret.h"
#include "cli/help.h"
#include "cli/run.h"

static int (*const commands[AR_COMMANDS])(const struct ar_options *, struct ar_report *) = {
	[AR_CMD_PATCH] = ar_cmd_patch,
	[AR_CMD_KEYGEN] = ar_cmd_keygen,
	[AR_CMD_CONFIG_NEW] = ar_cmd_config_new,
	[AR_CMD_CONFIG_CHECK] = ar_cmd_config_check,
	[AR_CMD_CONFIG_SHOW] = ar_cmd_config_show,
	[AR_CMD_UNDO] = ar_cmd_undo,
	[AR_CMD_UNDO_LIST] = ar_cmd_undo_list,
	[AR_CMD_ENABLE] = ar_cmd_enable,
	[AR_CMD_ROTATE] = ar_cmd_rotate,
	[AR_CMD_CONTINUE] = ar_cmd_continue,
	[AR_CMD_DISABLE] = ar_cmd_disable,
	[AR_CMD_EXPORT] = ar_cmd_export,
	[AR_CMD_IMPORT] = ar_cmd_import,
	[AR_CMD_STATUS] = ar_cmd_status,
	[AR_CMD_DOCTOR] = ar_cmd_doctor,
	[AR_CMD_VERIFY] = ar_cmd_verify,
	[AR_CMD_REENCRYPT] = ar_cmd_reencrypt,
	[AR_CMD_HELP] = ar_help_run,
	[AR_CMD_VERSION] = ar_help_run,
};

int main(int argc, char **argv)
{
	struct ar_options opts = { .kube_minor = -1 };
	struct ar_err err = AR_ERR_INIT;
	struct ar_report report;
	int parsed = ar_options_parse(argc, argv, &opts, &err);

	setvbuf(stderr, NULL, _IOLBF, 0); /* a line a write, not a byte */
	ar_report_init(&report, &opts);
	if (parsed != 0 || ar_secret_setup(&err) != 0) {
		ar_report_error(&report, &err);
		return ar_report_finish(&report, (int)err.class);
	}
	return ar_report_finish(&report, commands[opts.command](&opts, &report));
}
