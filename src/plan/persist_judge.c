/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "kube/image.h"
#include "plan/persist_impl.h"

#define PKI "/etc/kubernetes/pki"

bool ar__same_path(const char *a, const char *b)
{
	char x[4096], y[4096];

	return ar_path_clean(a, x, sizeof x) && ar_path_clean(b, y, sizeof y) && strcmp(x, y) == 0;
}

bool ar__is_flag_arg(const struct ar_kubeadm_arg *arg)
{
	return strcmp(arg->name, AR_FLAG) == 0 || strcmp(arg->name, AR_FLAG_OLD) == 0;
}

bool ar__is_reload_arg(const struct ar_kubeadm_arg *arg)
{
	return strcmp(arg->name, AR_FLAG_RELOAD) == 0;
}

/* The part of `path` below `dir`, both cleaned; "" when the same, NULL when it is elsewhere. `buf`
 * keeps it. */
static const char *rest_below(const char *path, const char *dir, char *buf, size_t size)
{
	char clean[4096];

	if (!ar_path_clean(path, buf, size) || !ar_path_clean(dir, clean, sizeof clean))
		return NULL;
	return ar_path_below(buf, clean);
}

const char *ar__persist_host(const struct ar_kubeadmconf *conf, const char *path, char *buf,
			     size_t size, const struct ar_kubeadm_volume **ret_volume)
{
	const char *own = conf->certificates_dir ? conf->certificates_dir : PKI, *dir = NULL;
	char kept[4096], joined[8200];
	const char *rest = rest_below(path, own, kept, sizeof kept);
	size_t best = rest ? strlen(rest) : SIZE_MAX;

	*ret_volume = NULL;
	if (rest)
		dir = own;
	for (size_t i = 0; i < conf->volume_count; i++) {
		char other[4096];
		const char *below = rest_below(path, conf->volumes[i].mount_path, other,
					       sizeof other);

		if (!below || strlen(below) > best)
			continue;
		best = strlen(below);
		dir = conf->volumes[i].host_path;
		*ret_volume = &conf->volumes[i];
	}
	if (!dir || !ar_path_clean(path, kept, sizeof kept))
		return NULL;
	snprintf(joined, sizeof joined, "%s%s", dir, kept + strlen(kept) - best);
	return ar_path_clean(joined, buf, size);
}

/* One folder or file of the host that the container sees: an extraVolume, or kubeadm's own folder.
 */
struct shown {
	const char *host, *mount;
	const struct ar_kubeadm_volume *volume; /* NULL: kubeadm's own */
};

/* Does it show the wanted file, with nothing over it? Then ret->flag_path is where. */
static bool shows(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted,
		  const struct shown *shown, struct ar__persist_judgement *ret)
{
	const struct ar_kubeadm_volume *top;
	char kept[4096], host[4096], at[8200];
	const char *rest = rest_below(wanted->config, shown->host, kept, sizeof kept);

	if (!rest || (wanted->hot_reload && *rest == '\0'))
		return false;
	snprintf(at, sizeof at, "%s%s", shown->mount, rest);
	const char *back = ar__persist_host(conf, at, host, sizeof host, &top);
	return back && top == shown->volume && ar__same_path(back, wanted->config) &&
	       ar_path_clean(at, ret->flag_path, sizeof ret->flag_path);
}

/* Is the wanted file shown already? */
static bool find_cover(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted,
		       struct ar__persist_judgement *ret)
{
	const char *pki = conf->certificates_dir ? conf->certificates_dir : PKI;
	const struct shown own = { .host = pki, .mount = pki };

	for (size_t i = 0; i < conf->volume_count; i++) {
		const struct ar_kubeadm_volume *volume = &conf->volumes[i];
		const struct shown shown = { volume->host_path, volume->mount_path, volume };

		ret->volume = volume;
		if (shows(conf, wanted, &shown, ret))
			return true;
	}
	ret->volume = NULL;
	return shows(conf, wanted, &own, ret);
}

/* Volumes that kubeadm makes itself: an extraVolume of the same name would take their place. */
static bool is_kubeadms_name(const char *name)
{
	static const char *const names[] = { "k8s-certs",
					     "ca-certs",
					     "etc-pki",
					     "etc-ca-certificates",
					     "usr-share-ca-certificates",
					     "usr-local-share-ca-certificates",
					     "etc-pki-ca-trust",
					     "etc-pki-tls-certs" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return strncmp(name, "etcd-certs-", 11) == 0;
}

static int judge_own(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted,
		     struct ar__persist_judgement *ret, struct ar_err *err)
{
	if (is_kubeadms_name(wanted->name)) {
		ar_err_set(err, "volume name '%s' is one that kubeadm uses itself", wanted->name);
		return ar_err_hint(err, "choose another name with --name");
	}
	for (size_t i = 0; i < conf->volume_count; i++) {
		const struct ar_kubeadm_volume *volume = &conf->volumes[i];
		bool name = strcmp(volume->name, wanted->name) == 0;

		if (!name && ar__same_path(volume->mount_path, wanted->mount_path)) {
			ar_node_err(err, conf->tree, volume->node,
				    "mountPath '%s' is taken by extraVolume '%s'",
				    volume->mount_path, volume->name);
			return ar_err_hint(err, "choose another place with --mount-path, or "
						"another file with --config");
		}
		if (name) {
			ar_node_err(err, conf->tree, volume->node,
				    "extraVolume name '%s' is taken, by hostPath '%s' at '%s'",
				    volume->name, volume->host_path, volume->mount_path);
			return ar_err_hint(err, "choose another name with --name");
		}
	}
	ret->states[AR_PART_MOUNT] = AR_ADD;
	snprintf(ret->flag_path, sizeof ret->flag_path, "%s", wanted->flag_path);
	return 0;
}

static void judge_covered(const struct ar_wanted *wanted, const struct ar_kubeadm_volume *volume,
			  struct ar__persist_judgement *ret)
{
	ret->volume = volume;
	ret->states[AR_PART_MOUNT] = volume && strcmp(volume->name, wanted->name) == 0 ? AR_PRESENT
										       : AR_COVERED;
}

static int judge_free(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted,
		      struct ar__persist_judgement *ret, struct ar_err *err)
{
	if (!find_cover(conf, wanted, ret))
		return judge_own(conf, wanted, ret, err);
	judge_covered(wanted, ret->volume, ret);
	return 0;
}

static int refuse_value(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted,
			const struct ar_kubeadm_arg *arg, const char *host, struct ar_err *err)
{
	if (host && ar__same_path(host, arg->value))
		ar_node_err(err, conf->tree, arg->node, "'%s' is set to '%s'; wanted '%s'",
			    arg->name, arg->value, wanted->flag_path);
	else if (host)
		ar_node_err(err, conf->tree, arg->node,
			    "'%s' is set to '%s', which is '%s' on the host; wanted '%s'",
			    arg->name, arg->value, host, wanted->config);
	else
		ar_node_err(err, conf->tree, arg->node,
			    "'%s' is set to '%s', which no volume shows; wanted '%s'", arg->name,
			    arg->value, wanted->flag_path);
	return ar_err_hint(
		err,
		"to change it, run again with --replace; to keep it, name its file with --config");
}

static int judge_present(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted,
			 struct ar__persist_judgement *ret, struct ar_err *err)
{
	const struct ar_kubeadm_volume *volume;
	char buf[4096];
	const char *host = ar__persist_host(conf, ret->flag->value, buf, sizeof buf, &volume);

	ret->states[AR_PART_FLAG] = AR_PRESENT;
	if (host && ar__same_path(host, wanted->config) &&
	    !(wanted->hot_reload && volume && ar__same_path(volume->host_path, wanted->config))) {
		snprintf(ret->flag_path, sizeof ret->flag_path, "%s", ret->flag->value);
		judge_covered(wanted, volume, ret);
		return 0;
	}
	if (!host && ar__same_path(ret->flag->value, wanted->flag_path))
		return judge_own(conf, wanted, ret, err);
	if (!wanted->replace)
		return refuse_value(conf, wanted, ret->flag, host, err);
	ret->states[AR_PART_FLAG] = ar__same_path(ret->flag->value, wanted->flag_path) ? AR_PRESENT
										       : AR_CHANGE;
	return judge_free(conf, wanted, ret, err);
}

/* The settings of one flag; refused when they do not agree. */
static int find_arg(const struct ar_kubeadmconf *conf, bool (*is)(const struct ar_kubeadm_arg *),
		    const struct ar_kubeadm_arg **ret, struct ar_err *err)
{
	*ret = NULL;
	for (size_t i = 0; i < conf->arg_count; i++) {
		const struct ar_kubeadm_arg *arg = &conf->args[i];

		if (!is(arg))
			continue;
		if (!arg->value || !*arg->value)
			return ar_node_err(err, conf->tree, arg->node, "'%s' has no value",
					   arg->name);
		if (*ret && strcmp((*ret)->value, arg->value) != 0) {
			ar_node_err(err, conf->tree, arg->node,
				    "'%s' stands twice, with different values: '%s' here, '%s' in "
				    "line %zu",
				    arg->name, arg->value, (*ret)->value,
				    ar__line_of(conf->tree, (*ret)->node));
			return ar_err_hint(err, "kube-apiserver takes the last one; take out the "
						"other, then run again");
		}
		if (!*ret)
			*ret = arg;
	}
	return 0;
}

static int judge_reload(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted,
			struct ar__persist_judgement *ret, struct ar_err *err)
{
	const struct ar_kubeadm_arg *arg = ret->reload;
	const struct ar_flag flag = { .value = arg ? arg->value : NULL };
	char image[64];
	int minor, patch;

	ret->states[AR_PART_RELOAD] = arg ? AR_PRESENT : wanted->hot_reload ? AR_ADD : AR_ABSENT;
	snprintf(image, sizeof image, "x:%.60s",
		 conf->kubernetes_version ? conf->kubernetes_version : "");
	if (wanted->hot_reload && ar_image_version(image, &minor, &patch) && minor < 26) {
		ar_node_err(err, conf->tree, conf->cluster,
			    "kube-apiserver 1.%d (by kubernetesVersion) does not know "
			    "'--" AR_FLAG_RELOAD "' and would not start; 1.26 and later do",
			    minor);
		return ar_err_hint(err, "leave out --hot-reload");
	}
	if (!arg || !wanted->hot_reload || ar__flag_is_true(&flag))
		return 0;
	if (!wanted->replace) {
		ar_node_err(err, conf->tree, arg->node,
			    "'" AR_FLAG_RELOAD "' is set to '%s'; wanted true", arg->value);
		return ar_err_hint(err, "to change it, run again with --replace; to keep it, leave "
					"out --hot-reload");
	}
	ret->states[AR_PART_RELOAD] = AR_CHANGE;
	return 0;
}

int ar__persist_judge(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted,
		      struct ar__persist_judgement *ret, struct ar_err *err)
{
	*ret = (struct ar__persist_judgement){ .flag = NULL };
	if (conf->volume_count > AR_POD_MANY)
		return ar_node_err(err, conf->tree, conf->volumes_key, "more than %d extraVolumes",
				   AR_POD_MANY);
	if (find_arg(conf, ar__is_flag_arg, &ret->flag, err) != 0 ||
	    find_arg(conf, ar__is_reload_arg, &ret->reload, err) != 0 ||
	    judge_reload(conf, wanted, ret, err) != 0)
		return -1;
	if (ret->flag)
		return judge_present(conf, wanted, ret, err);
	ret->states[AR_PART_FLAG] = AR_ADD;
	return judge_free(conf, wanted, ret, err);
}
