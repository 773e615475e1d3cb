/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/parcel.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/scope.h"
#include "flow/sealer.h"
#include "flow/told.h"
#include "host/machine.h"

void ar_parcel_done(struct ar_parcel *parcel)
{
	free(parcel->keys);
	ar_buf_done(&parcel->config);
	*parcel = (struct ar_parcel)AR_PARCEL_INIT;
}

/* --- from a config ---------------------------------------------------------------------------- */

static bool has(const struct ar_parcel_key *keys, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(keys[i].name, name) == 0)
			return true;
	return false;
}

static size_t count_keys(const struct ar_encconf *conf)
{
	size_t count = 0;

	for (size_t e = 0; e < conf->entry_count; e++)
		for (size_t p = 0; p < conf->entries[e].provider_count; p++)
			count += conf->entries[e].providers[p].key_count;
	return count;
}

static int take_keys(const struct ar_enc_provider *provider, struct ar_parcel_key *list,
		     size_t *count, struct ar_err *err)
{
	for (size_t k = 0; k < provider->key_count; k++) {
		const struct ar_enc_key *key = &provider->keys[k];
		struct ar_parcel_key *to = &list[*count];
		char name[AR_PARCEL_KEY];
		if (!ar_told_key(provider->kind, key->name, name, sizeof name))
			return ar_err_set(err, "the name of a key is too long: '%.40s…'",
					  key->name);
		if (has(list, *count, name))
			continue;
		snprintf(to->name, sizeof to->name, "%s", name);
		snprintf(to->made, sizeof to->made, "%s", key->made);
		(*count)++;
	}
	return 0;
}

int ar_parcel_keys(const struct ar_encconf *conf, struct ar_parcel_key **ret, size_t *ret_count,
		   struct ar_err *err)
{
	const size_t most = count_keys(conf);
	AR_FREE_AUTO struct ar_parcel_key *list = calloc(most + 1, sizeof *list);
	size_t count = 0;

	if (!list)
		return ar_err_oom(err);
	for (size_t e = 0; e < conf->entry_count; e++)
		for (size_t p = 0; p < conf->entries[e].provider_count; p++)
			if (take_keys(&conf->entries[e].providers[p], list, &count, err) != 0)
				return -1;
	*ret = AR_TAKE(list);
	*ret_count = count;
	return 0;
}

/* Under --root the image's own name, where it has one. */
static void name_host(const struct ar_session *session, char *buf, size_t size)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	struct ar_err ignored = AR_ERR_INIT;

	if (!session->host.root) {
		if (gethostname(buf, size - 1) != 0)
			buf[0] = '\0';
		return;
	}
	if (ar_file_read(&session->host, "/etc/hostname", AR_READ_MAY_LACK, &file, &ignored) != 0 ||
	    !file.exists || file.len == 0)
		return;
	snprintf(buf, size, "%.*s", (int)(file.len < size ? file.len : size - 1), file.data);
	buf[strcspn(buf, "\r\n")] = '\0';
}

static int read_keys(const struct ar_text *text, struct ar_parcel *parcel, struct ar_err *err)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;

	if (ar_encconf_read(text, -1, &problems, &tree, &conf, err) != 0)
		return -1;
	if (conf)
		return ar_parcel_keys(conf, &parcel->keys, &parcel->key_count, err);
	ar_err_set(err, "'%s' is no EncryptionConfiguration that can be understood", text->name);
	return ar_err_hint(err, "see what is wrong with it: 'atrest config check %s'", text->name);
}

int ar_parcel_make(const struct ar_session *session, const struct ar_snapshot *config,
		   struct ar_parcel *ret, struct ar_err *err)
{
	AR_PARCEL_AUTO struct ar_parcel parcel = AR_PARCEL_INIT;
	const struct ar_text text = ar_snapshot_text(config);

	if (config->len == 0 || config->len > AR_SEALED_MAX / 2)
		return ar_err_set(err, "'%s' is %s", config->path,
				  config->len == 0 ? "empty" : "too large to be sealed");
	if (read_keys(&text, &parcel, err) != 0)
		return -1;
	snprintf(parcel.atrest, sizeof parcel.atrest, "%s", AR_VERSION);
	ar_machine_now(parcel.when, sizeof parcel.when);
	name_host(session, parcel.host, sizeof parcel.host);
	snprintf(parcel.path, sizeof parcel.path, "%s", config->path);
	parcel.mode = config->mode & 07777;
	/* Under --root what belongs to whoever runs this becomes root's in the image. */
	parcel.uid = session->host.root && config->uid == geteuid() ? 0 : config->uid;
	parcel.gid = config->gid;
	memcpy(parcel.sha256, config->sha256, sizeof parcel.sha256);
	ar_buf_add(&parcel.config, config->data, config->len);
	if (ar_buf_check(&parcel.config, err) != 0)
		return -1;
	*ret = parcel;
	parcel = (struct ar_parcel)AR_PARCEL_INIT;
	return 0;
}

/* --- sealed ----------------------------------------------------------------------------------- */

int ar_parcel_seal(const struct ar_parcel *parcel, const struct ar_sealer *sealer,
		   struct ar_buf *out, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf payload = { .secret = true };
	AR_FREE_AUTO const char **names = calloc(parcel->key_count + 1, sizeof *names);
	struct ar_seal_what what = { .kind = parcel->kind,
				     .made = parcel->when,
				     .payload = &payload };

	if (!names)
		return ar_err_oom(err);
	for (size_t i = 0; i < parcel->key_count; i++)
		if (parcel->kind == AR_SEALED_EXPORT || parcel->keys[i].retired)
			names[what.key_count++] = parcel->keys[i].name;
	what.keys = names;
	if (ar_parcel_write(parcel, &payload, err) != 0)
		return -1;
	return ar_sealer_seal(sealer, &what, out, err);
}
