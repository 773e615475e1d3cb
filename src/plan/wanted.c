/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/wanted.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"

/* Folders that hold other things too: mounting one of them whole would show the container what is
 * not its business. */
static const char *const shared_folders[] = {
	"",
	"/etc",
	"/etc/kubernetes",
	"/etc/kubernetes/manifests",
	"/etc/kubernetes/pki",
	"/home",
	"/opt",
	"/root",
	"/run",
	"/srv",
	"/tmp",
	"/usr",
	"/usr/local",
	"/usr/local/etc",
	"/usr/share",
	"/var",
	"/var/lib",
	"/var/tmp",
};

static bool is_shared(const char *folder)
{
	for (size_t i = 0; i < sizeof shared_folders / sizeof shared_folders[0]; i++)
		if (strcmp(folder, shared_folders[i]) == 0)
			return true;
	return false;
}

static bool has_empty_or_dot_part(const char *path)
{
	for (const char *at = path; *at;) {
		const char *part = at + 1;
		size_t n = strcspn(part, "/");
		if (n == 0 || (n == 1 && part[0] == '.') ||
		    (n == 2 && part[0] == '.' && part[1] == '.'))
			return true;
		at = part + n;
	}
	return false;
}

/* kube-apiserver's flag and YAML would take more; nobody needs more, and each odd character is a
 * way to go wrong. */
static bool is_plain(const char *path)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-@+";

	return path[strspn(path, good)] == '\0';
}

static int check_path(const char *option, const char *path, struct ar_err *err)
{
	if (path[0] != '/' || has_empty_or_dot_part(path) || strlen(path) > 200 ||
	    !is_plain(path)) {
		ar_err_set(err,
			   "'%s' cannot be the path for %s: expected an absolute path of letters, "
			   "digits and "
			   "'._-@+', without '//', '.' or '..'",
			   path, option);
		ar_err_hint(err, "for example %s /etc/kubernetes/enc.yaml", option);
		return ar_err_class(err, AR_USAGE);
	}
	return 0;
}

static int check_name(const char *name, struct ar_err *err)
{
	size_t len = strlen(name);

	if (len >= 1 && len <= 63 &&
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0' && name[0] != '-' &&
	    name[len - 1] != '-')
		return 0;
	ar_err_set(err,
		   "'%s' cannot be the name of a volume: expected 1 to 63 of a-z, 0-9 and '-', not "
		   "at its ends",
		   name);
	return ar_err_class(err, AR_USAGE);
}

static int refuse_shared(const char *config, struct ar_err *err)
{
	ar_err_set(err,
		   "hot reload needs the file in a folder of its own, and '%s' is in one that it "
		   "shares",
		   config);
	ar_err_hint(err, "put it under /etc/kubernetes/enc/, the default with --hot-reload");
	return ar_err_class(err, AR_USAGE);
}

static int check_all(const struct ar_wanted *wanted, const char *mount_path, struct ar_err *err)
{
	if (check_path("--config", wanted->config, err) != 0 || check_name(wanted->name, err) != 0)
		return -1;
	return mount_path ? check_path("--mount-path", mount_path, err) : 0;
}

int ar_wanted_derive(struct ar_wanted *wanted, const char *mount_path, struct ar_wanted_text *text,
		     struct ar_err *err)
{
	if (check_all(wanted, mount_path, err) != 0)
		return -1;
	const char *base = strrchr(wanted->config, '/');
	snprintf(text->mount_host, sizeof text->mount_host, "%.*s", (int)(base - wanted->config),
		 wanted->config);
	bool shared = is_shared(text->mount_host);
	if (shared && wanted->hot_reload)
		return refuse_shared(wanted->config, err);
	if (shared)
		snprintf(text->mount_host, sizeof text->mount_host, "%s", wanted->config);
	snprintf(text->mount_path, sizeof text->mount_path, "%s",
		 mount_path ? mount_path : text->mount_host);
	snprintf(text->flag_path, sizeof text->flag_path, "%.200s%.200s", text->mount_path,
		 shared ? "" : base);
	wanted->flag_path = text->flag_path;
	wanted->mount_host = text->mount_host;
	wanted->mount_path = text->mount_path;
	wanted->mount_type = shared ? "File" : "Directory";
	return 0;
}
