/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/owners.h"

#include <string.h>

/* Every owner, and what to use there. */
enum owner {
	CLUSTER_API,
	KUBESPRAY,
	KUBEONE,
	KUBERMATIC,
	RKE2,
	K3S,
	RKE1,
	TALOS,
	OPENSHIFT,
	KOPS,
	MICROK8S,
	K0S,
	KUBEASZ,
	GARDENER,
	DECKHOUSE,
	MINIKUBE,
};

static const struct {
	const char *name, *instead;
} owners[] = {
	[CLUSTER_API] = { "Cluster API",
			  "put the file and the flag into the KubeadmControlPlane (files, "
			  "clusterConfiguration.apiServer), which replaces its machines" },
	[KUBESPRAY] = { "kubespray", "set kube_encrypt_secret_data: true in the inventory, and run "
				     "its cluster.yml" },
	[KUBEONE] = { "KubeOne", "set features.encryptionProviders in its manifest, then 'kubeone "
				 "apply'" },
	[KUBERMATIC] = { "Kubermatic", "set encryptionConfiguration in the Cluster's spec" },
	[RKE2] = { "RKE2", "it encrypts Secrets by itself: 'rke2 secrets-encrypt status'" },
	[K3S] = { "k3s", "use 'k3s secrets-encrypt'" },
	[RKE1] = { "RKE",
		   "set services.kube-api.secrets_encryption_config in cluster.yml, then 'rke "
		   "up'" },
	[TALOS] = { "Talos", "it encrypts Secrets by itself: see cluster.secretboxEncryptionSecret "
			     "in the machine config" },
	[OPENSHIFT] = { "OpenShift", "set spec.encryption.type of the APIServer 'cluster'" },
	[KOPS] = { "kOps", "use 'kops create secret encryptionconfig', with encryptionConfig: true "
			   "in the cluster's spec" },
	[MICROK8S] = { "MicroK8s", "put the flag into its args/kube-apiserver, and restart it" },
	[K0S] = { "k0s", "put the flag into spec.api.extraArgs of its config" },
	[KUBEASZ] = { "kubeasz", "put the flag into its template of kube-apiserver, and run its "
				 "playbook" },
	[GARDENER] = { "Gardener", "it encrypts Secrets by itself: see the Shoot's "
				   "spec.kubernetes.kubeAPIServer.encryptionConfig" },
	[DECKHOUSE] = { "Deckhouse", "set apiserver.encryptionEnabled of its module "
				     "control-plane-manager" },
	[MINIKUBE] = { "minikube",
		       "give it at 'minikube start --extra-config=apiserver.FLAG', which "
		       "makes the manifest anew each time" },
};

/* --- marks ----------------------------------------------------------------------------------- */

static const struct {
	enum owner owner;
	const char *path;
} path_marks[] = {
	{ RKE2, "/etc/rancher/rke2" },
	{ RKE2, "/var/lib/rancher/rke2/server" },
	{ K3S, "/etc/rancher/k3s" },
	{ K3S, "/var/lib/rancher/k3s/server" },
	{ RKE1, "/opt/rke" },
	{ OPENSHIFT, "/etc/kubernetes/static-pod-resources" },
	{ OPENSHIFT, "/etc/machine-config-daemon" },
	{ TALOS, "/system/secrets/kubernetes" },
	{ KOPS, "/opt/kops" },
	{ MICROK8S, "/var/snap/microk8s" },
	{ K0S, "/var/lib/k0s" },
	{ KUBEASZ, "/etc/kubeasz" },
	{ KUBEONE, "/etc/kubeone" },
	{ KUBEONE, "/etc/kubernetes/encryption-providers" },
	{ KUBESPRAY, "/etc/kubernetes/kubeadm-images.yaml" },
	{ KUBESPRAY, "/etc/kubernetes/ssl/secrets_encryption.yaml" },
	{ KUBESPRAY, "/usr/local/bin/kubernetes-scripts" },
	{ GARDENER, "/var/lib/gardener-node-agent" },
	{ DECKHOUSE, "/etc/kubernetes/deckhouse" },
	{ DECKHOUSE, "/var/lib/bashible" },
	{ CLUSTER_API, "/run/cluster-api" },
	{ MINIKUBE, "/var/lib/minikube" },
};

#define IN(text) (1u << (text))
#define ANYWHERE (IN(AR_OWNER_MANIFEST) | IN(AR_OWNER_KUBELET) | IN(AR_OWNER_NODE))

static const struct {
	enum owner owner;
	unsigned texts; /* where the word counts */
	const char *word;
} word_marks[] = {
	{ RKE2, ANYWHERE, "/var/lib/rancher/rke2" },
	{ RKE2, IN(AR_OWNER_NODE), "rke2.io/" },
	{ K3S, ANYWHERE, "/var/lib/rancher/k3s" },
	{ K3S, IN(AR_OWNER_NODE), "\"k3s.io/" },
	{ RKE1, IN(AR_OWNER_NODE), "rke.cattle.io/" },
	{ OPENSHIFT, IN(AR_OWNER_MANIFEST), "openshift-kube-apiserver" },
	{ OPENSHIFT, IN(AR_OWNER_NODE), "machineconfiguration.openshift.io/" },
	{ TALOS, IN(AR_OWNER_MANIFEST) | IN(AR_OWNER_NODE), "talos.dev/" },
	{ TALOS, IN(AR_OWNER_MANIFEST), "/system/secrets/kubernetes" },
	{ KOPS, IN(AR_OWNER_MANIFEST), "/srv/kubernetes/kube-apiserver" },
	{ KOPS, IN(AR_OWNER_MANIFEST) | IN(AR_OWNER_NODE), "kops.k8s.io/" },
	{ MICROK8S, ANYWHERE, "/snap/microk8s" },
	{ MICROK8S, IN(AR_OWNER_NODE), "microk8s.io/" },
	{ K0S, IN(AR_OWNER_KUBELET), "/var/lib/k0s" },
	{ K0S, IN(AR_OWNER_NODE), "k0sproject.io/" },
	{ KUBERMATIC, IN(AR_OWNER_MANIFEST), "k8c.io/" },
	{ KUBEONE, IN(AR_OWNER_MANIFEST), "/etc/kubernetes/encryption-providers" },
	{ KUBEONE, IN(AR_OWNER_NODE), "kubeone.io/" },
	{ KUBESPRAY, IN(AR_OWNER_MANIFEST), "/etc/kubernetes/ssl/secrets_encryption.yaml" },
	{ KUBESPRAY, IN(AR_OWNER_MANIFEST), "/etc/kubernetes/ssl/apiserver.crt" },
	{ GARDENER, IN(AR_OWNER_MANIFEST) | IN(AR_OWNER_NODE), "gardener.cloud/" },
	{ DECKHOUSE, IN(AR_OWNER_MANIFEST) | IN(AR_OWNER_NODE), "deckhouse.io/" },
	{ CLUSTER_API, IN(AR_OWNER_NODE), "cluster.x-k8s.io/" },
	{ MINIKUBE, IN(AR_OWNER_NODE), "minikube.k8s.io/" },
};

const char *ar_owner_path(size_t index)
{
	return index < sizeof path_marks / sizeof *path_marks ? path_marks[index].path : NULL;
}

static struct ar_owner answer(enum owner owner, const char *mark, enum ar_owner_text where)
{
	return (struct ar_owner){ .name = owners[owner].name,
				  .mark = mark,
				  .where = where,
				  .instead = owners[owner].instead };
}

static bool has_word(const struct ar_text *text, const char *word)
{
	return text && text->len > 0 && memmem(text->data, text->len, word, strlen(word));
}

static bool find_word(const struct ar_owner_facts *facts, struct ar_owner *ret)
{
	for (size_t i = 0; i < sizeof word_marks / sizeof *word_marks; i++)
		for (enum ar_owner_text k = 0; k < AR_OWNER_TEXTS; k++)
			if ((word_marks[i].texts & IN(k)) &&
			    has_word(facts->texts[k], word_marks[i].word)) {
				*ret = answer(word_marks[i].owner, word_marks[i].word, k);
				return true;
			}
	return false;
}

static bool find_path(const struct ar_owner_facts *facts, struct ar_owner *ret)
{
	for (size_t i = 0; facts->exists && ar_owner_path(i); i++)
		if (facts->exists[i]) {
			*ret = answer(path_marks[i].owner, path_marks[i].path, AR_OWNER_TEXTS);
			return true;
		}
	return false;
}

bool ar_owner_find(const struct ar_owner_facts *facts, struct ar_owner *ret)
{
	/* A word in what is in force says more than a folder, which may be left over. */
	return find_word(facts, ret) || find_path(facts, ret);
}
