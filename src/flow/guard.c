/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/guard.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "crypt/decrypt.h"
#include "flow/look.h"
#include "flow/server.h"

#define TRIES 20 /* values of each folder that are opened */

/* Nobody may encrypt: what begins with k8s:enc: counts as stale. */
static const struct ar_writer plain_writer = { .provider = AR_IDENTITY };

/* One look over everything. */
struct look {
	struct ar_store store;
	struct ar_kept *kept;
	size_t kept_count;
	struct ar_stored_name *names; /* of a config; owned */
	size_t name_count;
	const struct ar_encconf *conf; /* whose keys are tried; NULL: only counted */
	struct ar_keyring *keyring;    /* those of the folder that is looked at */
	size_t tried;                  /* values of it that were decrypted */
	struct ar_guard *guard;
};

static void look_done(struct look *look)
{
	free(look->kept);
	free(look->names);
	ar_store_done(&look->store);
}

#define LOOK_AUTO __attribute__((cleanup(look_done)))

/* --- counting -------------------------------------------------------------------------------- */

static struct ar_census_ask ask_of(const struct look *look, size_t index)
{
	return (struct ar_census_ask){ .folder = look->kept[index].folder,
				       .writer = &plain_writer,
				       .names = look->names,
				       .name_count = look->name_count,
				       .secret = true };
}

static bool has_name(const struct look *look, const struct ar_census_group *group)
{
	for (size_t i = 0; i < look->name_count; i++)
		if (look->names[i].kind == group->kind &&
		    strcmp(look->names[i].name, group->name) == 0)
			return true;
	return false;
}

static void note_missing(struct look *look, const char *kind, const char *name, int64_t count)
{
	struct ar_guard *guard = look->guard;

	if (!guard->missing[0])
		snprintf(guard->missing, sizeof guard->missing, "%s %.250s", kind, name);
	guard->missing_count += count;
}

/* A key of the right name may have other bytes: a few values of each folder are opened. */
static int try_key(void *user, const struct ar_census_value *value, struct ar_err *err)
{
	struct look *look = user;
	const struct ar_etcd_kv *kv = value->kv;
	const struct ar_stored *stored = value->stored;
	const struct ar_decrypt_want any = { .kind = NULL };
	enum ar_decrypted result;
	AR_BUF_AUTO struct ar_buf name = AR_BUF_INIT;

	if (look->tried >= TRIES || !ar_stored_is_encrypted(stored->kind))
		return 0;
	look->tried++;
	if (ar_decrypt_check(look->keyring,
			     &(struct ar_decrypt_value){ kv->key, kv->key_len, kv->value,
							 kv->value_len, stored },
			     &any, &result, err) != 0)
		return -1;
	if (result != AR_DECRYPTED_WRONG)
		return 0;
	ar_buf_addf(&name, "'");
	ar_buf_add_printable(&name, stored->name, stored->name_len);
	ar_buf_addf(&name, "' of other bytes");
	note_missing(look, ar_stored_word(stored->kind), ar_buf_text(&name), 1);
	return 0;
}

/* What a folder's values need, added to the sum. */
static void add_census(struct look *look, const char *folder, const struct ar_census *census)
{
	struct ar_guard *guard = look->guard;

	if (census->revision > guard->revision)
		guard->revision = census->revision;
	if (census->encrypted > 0 && guard->encrypted == 0)
		snprintf(guard->first, sizeof guard->first, "%s", folder);
	guard->encrypted += census->encrypted;
	for (size_t i = 0; i < census->group_count; i++) {
		const struct ar_census_group *group = &census->groups[i];
		if (!ar_stored_is_encrypted(group->kind) || has_name(look, group))
			continue;
		note_missing(look, ar_stored_word(group->kind), group->name, group->count);
	}
}

static int take(struct look *look, size_t index, struct ar_err *err)
{
	AR_KEYRING_AUTO struct ar_keyring *keyring = NULL;
	struct ar_census_ask ask = ask_of(look, index);
	AR_FREE_AUTO struct ar_census *census = calloc(1, sizeof *census);
	struct ar_etcd *etcd;

	if (!census)
		return ar_err_oom(err);
	if (look->conf &&
	    ar_keyring_open(look->conf, &look->kept[index].resource, &keyring, err) != 0)
		return -1;
	look->keyring = keyring;
	look->tried = 0;
	ask.each = look->keyring ? try_key : NULL;
	ask.user = look;
	if (ar_store_of(&look->store, &look->kept[index].resource, &etcd, err) != 0 ||
	    ar_census_take(etcd, &ask, census, err) != 0)
		return -1;
	add_census(look, look->kept[index].folder, census);
	return 0;
}

/* Most folders have nothing encrypted, and etcd says so itself. */
static int prove_or_take(struct look *look, size_t index, struct ar_err *err)
{
	const struct ar_census_ask ask = ask_of(look, index);
	AR_FREE_AUTO struct ar_census *census = calloc(1, sizeof *census);
	struct ar_etcd *etcd;
	bool holds = false;

	if (!census)
		return ar_err_oom(err);
	if (ar_store_of(&look->store, &look->kept[index].resource, &etcd, err) != 0)
		return -1;
	/* Whatever keeps it from comparing keeps it from counting, too, and is said there. */
	struct ar_err unproved = AR_ERR_INIT;
	if (ar_census_prove(etcd, &ask, 1, census, &holds, &unproved) != 0 || !holds)
		return take(look, index, err);
	if (census->revision > look->guard->revision)
		look->guard->revision = census->revision;
	return 0;
}

/* Resources with an etcd of their own are not among the folders of the main one. */
static int add_overrides(struct look *look, struct ar_err *err)
{
	const struct ar_etcdconf *conf = &look->store.conf;
	struct ar_kept *kept = reallocarray(look->kept, look->kept_count + conf->override_count + 1,
					    sizeof *kept);

	if (!kept)
		return ar_err_oom(err);
	look->kept = kept;
	for (size_t i = 0; i < conf->override_count; i++) {
		struct ar_kept *item = &kept[look->kept_count];
		*item = (struct ar_kept){ .folder = "" };
		snprintf(item->resource.resource, sizeof item->resource.resource, "%s",
			 conf->overrides[i].resource);
		snprintf(item->resource.group, sizeof item->resource.group, "%s",
			 conf->overrides[i].group);
		if (ar_storage_folder(conf->prefix, &item->resource, item->folder,
				      sizeof item->folder))
			look->kept_count++;
	}
	return 0;
}

static int count_all(struct look *look, struct ar_err *err)
{
	if (ar_store_list(&look->store, &look->kept, &look->kept_count, err) != 0 ||
	    add_overrides(look, err) != 0)
		return -1;
	for (size_t i = 0; i < look->kept_count; i++)
		if (prove_or_take(look, i, err) != 0)
			return -1;
	return 0;
}

static int look_at(const struct ar_session *session, const struct ar_pod *pod, struct look *look,
		   struct ar_err *err)
{
	struct ar_err unread = AR_ERR_INIT;
	struct ar_guard *guard = look->guard;

	*guard = (struct ar_guard){ .seen = false };
	if (ar_store_open(session, pod, &look->store, err) != 0)
		return -1;
	if (!look->store.etcd) {
		snprintf(guard->why, sizeof guard->why, "%s", look->store.why);
		return 0;
	}
	guard->seen = count_all(look, &unread) == 0;
	if (!guard->seen)
		snprintf(guard->why, sizeof guard->why, "%.390s", unread.msg);
	return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
}

int ar_guard_count(const struct ar_session *session, const struct ar_pod *pod, struct ar_guard *ret,
		   struct ar_err *err)
{
	LOOK_AUTO struct look look = { .store = AR_STORE_INIT, .guard = ret };

	return look_at(session, pod, &look, err);
}

/* --- the flag -------------------------------------------------------------------------------- */

static bool has_encrypting_writer(const struct ar_text *text)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	struct ar_err err = AR_ERR_INIT;

	/* What cannot be understood may do anything. */
	if (ar_encconf_read(text, -1, &problems, &tree, &conf, &err) != 0 || !conf)
		return true;
	for (size_t i = 0; i < conf->entry_count; i++)
		if (conf->entries[i].provider_count > 0 &&
		    conf->entries[i].providers[0].kind != AR_IDENTITY)
			return true;
	return false;
}

/* Does the server that runs now encrypt what is written? By the file that its process sees. */
static int encrypts_now(const struct ar_session *session, const struct ar_pod *pod, bool *ret,
			struct ar_err *err)
{
	AR_RUNNING_AUTO struct ar_running running = AR_RUNNING_INIT;
	AR_SNAPSHOT_AUTO struct ar_snapshot loaded = { .path = NULL };
	struct ar_err unread = AR_ERR_INIT;

	if (ar_server_look(session, pod, &running, err) != 0)
		return -1;
	*ret = running.seen && running.flag;
	if (!*ret || ar_process_read(&running.process, running.config, &loaded, &unread) != 0)
		return 0;
	const struct ar_text text = ar_snapshot_text(&loaded);
	*ret = has_encrypting_writer(&text);
	return 0;
}

static int say(struct ar_findings *findings, const char *id, const char *path, const char *what,
	       struct ar_err *err)
{
	return ar_findings_say(findings, id, path, "%s", what) != 0 ? ar_err_oom(err) : 0;
}

int ar_guard_flag(const struct ar_session *session, const struct ar_pod *pod, const char *path,
		  struct ar_findings *findings, struct ar_err *err)
{
	struct ar_guard guard;
	bool encrypts = false;
	char what[600];

	if (session->host.root)
		return say(findings, "still-encrypted", path,
			   "values in etcd may be encrypted; without the flag no API server can "
			   "read them",
			   err);
	if (encrypts_now(session, pod, &encrypts, err) != 0 ||
	    ar_guard_count(session, pod, &guard, err) != 0)
		return -1;
	if (!guard.seen) {
		snprintf(what, sizeof what,
			 "whether values are encrypted could not be counted: %.390s", guard.why);
		return say(findings, "still-encrypted", path, what, err);
	}
	if (guard.encrypted > 0) {
		snprintf(what, sizeof what,
			 "%" PRId64 " value%s in etcd %s encrypted (the first below %s), and no "
			 "API server could read %s without the flag",
			 guard.encrypted, guard.encrypted == 1 ? "" : "s",
			 guard.encrypted == 1 ? "is" : "are", guard.first,
			 guard.encrypted == 1 ? "it" : "them");
		return say(findings, "values-encrypted", path, what, err);
	}
	snprintf(what, sizeof what, "no value in etcd is encrypted (revision %" PRId64 ")%s",
		 guard.revision,
		 encrypts ? ", but the API server encrypts what is written from now on" : "");
	return say(findings, encrypts ? "still-encrypted" : "none-encrypted", path, what, err);
}

/* --- keys ------------------------------------------------------------------------------------ */

int ar_guard_keys(const struct ar_session *session, const struct ar_pod *pod,
		  const struct ar_text *config, struct ar_findings *findings, bool *ret_fits,
		  struct ar_err *err)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	struct ar_guard guard;
	LOOK_AUTO struct look look = { .store = AR_STORE_INIT, .guard = &guard };
	char what[500];

	*ret_fits = false;
	if (session->host.root)
		return 0;
	if (ar_encconf_read(config, -1, &problems, &tree, &conf, err) != 0 ||
	    (conf && ar_stored_names(conf, &look.names, &look.name_count, err) != 0))
		return -1;
	look.conf = conf;
	if (look_at(session, pod, &look, err) != 0)
		return -1;
	*ret_fits = guard.seen && guard.missing_count == 0;
	if (guard.missing_count == 0)
		return 0;
	snprintf(what, sizeof what,
		 "of %" PRId64 " encrypted values in etcd %s%" PRId64
		 " need a key that it has not: %s",
		 guard.encrypted, guard.missing_count < guard.encrypted ? "at least " : "",
		 guard.missing_count, guard.missing);
	return say(findings, "key-missing", config->name, what, err);
}
