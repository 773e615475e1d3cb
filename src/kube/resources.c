/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/resources.h"

#include <string.h>

#include "base/text.h"

/* Stored resources of Kubernetes 1.7 to 1.37, as they are named in an EncryptionConfiguration, with
 * the singular. */
static const struct builtin {
	const char *name, *singular;
} builtins[] = {
	{ "configmaps", "configmap" },
	{ "endpoints", "endpoint" },
	{ "events", "event" },
	{ "limitranges", "limitrange" },
	{ "namespaces", "namespace" },
	{ "nodes", "node" },
	{ "persistentvolumeclaims", "persistentvolumeclaim" },
	{ "persistentvolumes", "persistentvolume" },
	{ "pods", "pod" },
	{ "podtemplates", "podtemplate" },
	{ "replicationcontrollers", "replicationcontroller" },
	{ "resourcequotas", "resourcequota" },
	{ "secrets", "secret" },
	{ "serviceaccounts", "serviceaccount" },
	{ "services", "service" },
	{ "mutatingadmissionpolicies.admissionregistration.k8s.io", "mutatingadmissionpolicy" },
	{ "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
	  "mutatingadmissionpolicybinding" },
	{ "mutatingwebhookconfigurations.admissionregistration.k8s.io",
	  "mutatingwebhookconfiguration" },
	{ "validatingadmissionpolicies.admissionregistration.k8s.io", "validatingadmissionpolicy" },
	{ "validatingadmissionpolicybindings.admissionregistration.k8s.io",
	  "validatingadmissionpolicybinding" },
	{ "validatingwebhookconfigurations.admissionregistration.k8s.io",
	  "validatingwebhookconfiguration" },
	{ "customresourcedefinitions.apiextensions.k8s.io", "customresourcedefinition" },
	{ "apiservices.apiregistration.k8s.io", "apiservice" },
	{ "controllerrevisions.apps", "controllerrevision" },
	{ "daemonsets.apps", "daemonset" },
	{ "deployments.apps", "deployment" },
	{ "replicasets.apps", "replicaset" },
	{ "statefulsets.apps", "statefulset" },
	{ "horizontalpodautoscalers.autoscaling", "horizontalpodautoscaler" },
	{ "cronjobs.batch", "cronjob" },
	{ "jobs.batch", "job" },
	{ "certificatesigningrequests.certificates.k8s.io", "certificatesigningrequest" },
	{ "clustertrustbundles.certificates.k8s.io", "clustertrustbundle" },
	{ "podcertificaterequests.certificates.k8s.io", "podcertificaterequest" },
	{ "leases.coordination.k8s.io", "lease" },
	{ "leasecandidates.coordination.k8s.io", "leasecandidate" },
	{ "endpointslices.discovery.k8s.io", "endpointslice" },
	{ "flowschemas.flowcontrol.apiserver.k8s.io", "flowschema" },
	{ "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
	  "prioritylevelconfiguration" },
	{ "storageversions.internal.apiserver.k8s.io", "storageversion" },
	{ "evictionrequests.lifecycle.k8s.io", "evictionrequest" },
	{ "evictions.lifecycle.k8s.io", "eviction" },
	{ "ingressclasses.networking.k8s.io", "ingressclass" },
	{ "ingresses.networking.k8s.io", "ingress" },
	{ "ipaddresses.networking.k8s.io", "ipaddress" },
	{ "networkpolicies.networking.k8s.io", "networkpolicy" },
	{ "servicecidrs.networking.k8s.io", "servicecidr" },
	{ "runtimeclasses.node.k8s.io", "runtimeclass" },
	{ "poddisruptionbudgets.policy", "poddisruptionbudget" },
	{ "podsecuritypolicies.policy", "podsecuritypolicy" },
	{ "clusterrolebindings.rbac.authorization.k8s.io", "clusterrolebinding" },
	{ "clusterroles.rbac.authorization.k8s.io", "clusterrole" },
	{ "rolebindings.rbac.authorization.k8s.io", "rolebinding" },
	{ "roles.rbac.authorization.k8s.io", "role" },
	{ "deviceclasses.resource.k8s.io", "deviceclass" },
	{ "devicetaintrules.resource.k8s.io", "devicetaintrule" },
	{ "podschedulingcontexts.resource.k8s.io", "podschedulingcontext" },
	{ "resourceclaims.resource.k8s.io", "resourceclaim" },
	{ "resourceclaimtemplates.resource.k8s.io", "resourceclaimtemplate" },
	{ "resourcepoolstatusrequests.resource.k8s.io", "resourcepoolstatusrequest" },
	{ "resourceslices.resource.k8s.io", "resourceslice" },
	{ "priorityclasses.scheduling.k8s.io", "priorityclass" },
	{ "compositepodgroups.scheduling.k8s.io", "compositepodgroup" },
	{ "podgroups.scheduling.k8s.io", "podgroup" },
	{ "workloads.scheduling.k8s.io", "workload" },
	{ "csidrivers.storage.k8s.io", "csidriver" },
	{ "csinodes.storage.k8s.io", "csinode" },
	{ "csistoragecapacities.storage.k8s.io", "csistoragecapacity" },
	{ "storageclasses.storage.k8s.io", "storageclass" },
	{ "volumeattachments.storage.k8s.io", "volumeattachment" },
	{ "volumeattributesclasses.storage.k8s.io", "volumeattributesclass" },
	{ "storageversionmigrations.storagemigration.k8s.io", "storageversionmigration" },
};

#define BUILTINS (sizeof builtins / sizeof *builtins)
#define WORD_MAX 64

const char *ar_resource_builtin(size_t index)
{
	return index < BUILTINS ? builtins[index].name : NULL;
}

struct ar_group_resource ar_group_resource_split(const char *name)
{
	const char *dot = strchr(name, '.');
	size_t len = strlen(name);

	if (!dot)
		return (struct ar_group_resource){ name, name + len, len, 0 };
	return (struct ar_group_resource){ name, dot + 1, (size_t)(dot - name),
					   len - (size_t)(dot + 1 - name) };
}

static bool same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

bool ar_group_resource_same(struct ar_group_resource a, struct ar_group_resource b)
{
	return same(a.resource, a.resource_len, b.resource, b.resource_len) &&
	       same(a.group, a.group_len, b.group, b.group_len);
}

bool ar_group_resource_any(struct ar_group_resource a)
{
	return ar_text_is(a.resource, a.resource_len, "*");
}

bool ar_group_resource_any_group(struct ar_group_resource a)
{
	return ar_text_is(a.group, a.group_len, "*");
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* One row of the table of distances, from the two before it. */
static size_t distance_row(const char *a, size_t i, const char *b, size_t b_len,
			   size_t rows[3][WORD_MAX + 1])
{
	size_t best = rows[2][0] = i;

	for (size_t j = 1; j <= b_len; j++) {
		size_t change = rows[1][j - 1] + (a[i - 1] != b[j - 1]);
		size_t cost = least(change, least(rows[1][j], rows[2][j - 1]) + 1);
		if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
			cost = least(cost, rows[0][j - 2] + 1);
		rows[2][j] = cost;
		best = least(best, cost);
	}
	return best;
}

size_t ar_word_distance(const char *a, size_t a_len, const char *b, size_t b_len, size_t limit)
{
	size_t rows[3][WORD_MAX + 1];

	if (a_len > WORD_MAX || b_len > WORD_MAX || a_len > b_len + limit || b_len > a_len + limit)
		return limit + 1;
	memset(rows, 0, sizeof rows);
	for (size_t j = 0; j <= b_len; j++)
		rows[1][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		if (distance_row(a, i, b, b_len, rows) > limit)
			return limit + 1;
		memmove(rows[0], rows[1], 2 * sizeof *rows);
	}
	return least(rows[1][b_len], limit + 1);
}

/* How far `name` is from what `row` may be written as: its resource or its singular, with the right
 * group, with none, or with a version where the group belongs. */
static size_t row_distance(struct ar_group_resource name, const struct builtin *row)
{
	struct ar_group_resource right = ar_group_resource_split(row->name);
	size_t singular = strlen(row->singular);
	size_t plain = ar_word_distance(name.resource, name.resource_len, right.resource,
					right.resource_len, 2);
	size_t one = ar_word_distance(name.resource, name.resource_len, row->singular, singular, 2);
	size_t distance = least(plain,
				same(name.resource, name.resource_len, row->singular, singular)
					? 0
					: one + 1);

	if (same(name.group, name.group_len, right.group, right.group_len))
		return distance;
	/* another group is no typo of this one, but none, or v1, is nothing else */
	if (name.group_len <= 8)
		return distance + (distance ? 1 : 0);
	return ar_word_distance(name.group, name.group_len, right.group, right.group_len, 2) +
	       distance;
}

static const char *most_likely(struct ar_group_resource name)
{
	const char *best = NULL;
	size_t least_far = 3;

	for (size_t i = 0; i < BUILTINS; i++) {
		size_t far = row_distance(name, &builtins[i]);
		if (far < least_far) {
			least_far = far;
			best = builtins[i].name;
		}
	}
	/* in a short name two edits are another word */
	return best && name.resource_len < 5 && least_far > 1 ? NULL : best;
}

/* Where a version stands between resource and group, as kubectl allows it (deployments.v1.apps):
 * the name without it. */
static struct ar_group_resource without_version(struct ar_group_resource name)
{
	const char *dot = memchr(name.group, '.', name.group_len);

	if (!dot || name.group_len < 2 || name.group[0] != 'v' || name.group[1] < '0' ||
	    name.group[1] > '9')
		return name;
	name.group_len -= (size_t)(dot + 1 - name.group);
	name.group = dot + 1;
	return name;
}

/* The right resource in a group that is one of Kubernetes' own but for a slip. */
static const char *group_slip(struct ar_group_resource given)
{
	struct ar_group_resource name = without_version(given);

	for (size_t i = 0; i < BUILTINS; i++) {
		struct ar_group_resource row = ar_group_resource_split(builtins[i].name);
		if (row.group_len &&
		    same(name.resource, name.resource_len, row.resource, row.resource_len) &&
		    ar_word_distance(name.group, name.group_len, row.group, row.group_len, 2) <= 2)
			return builtins[i].name;
	}
	return NULL;
}

static bool own_group(const char *group, size_t len)
{
	for (size_t i = 0; i < BUILTINS; i++) {
		struct ar_group_resource row = ar_group_resource_split(builtins[i].name);
		if (same(group, len, row.group, row.group_len))
			return true;
	}
	return false;
}

enum ar_resource_sort ar_resource_sort_of(const char *name, const char **ret_meant)
{
	struct ar_group_resource split = ar_group_resource_split(name);

	if (ret_meant)
		*ret_meant = NULL;
	if (ar_group_resource_any(split))
		return AR_RESOURCE_WILD;
	for (size_t i = 0; i < BUILTINS; i++)
		if (ar_group_resource_same(split, ar_group_resource_split(builtins[i].name)))
			return AR_RESOURCE_KNOWN;
	const char *slip = group_slip(split);
	if (!slip && memchr(split.group, '.', split.group_len) &&
	    !own_group(split.group, split.group_len))
		return AR_RESOURCE_CUSTOM;
	if (ret_meant)
		*ret_meant = slip ? slip : most_likely(split);
	return AR_RESOURCE_UNKNOWN;
}
