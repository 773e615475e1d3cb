/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/causes_impl.h"

const struct ar_cause ar__causes_log[] = {
	/* --- the kubelet's log: why there is no API server --- */
	{ "kubelet-refused", AR_ERROR, false,
	  "the kubelet cannot use the manifest: it ends the old API server, and starts none",
	  "see where: 'atrest patch --dry-run' checks the file as the kubelet reads it; 'atrest "
	  "undo' puts the old one back" },
	{ "hostpath-check", AR_ERROR, false,
	  "what the manifest mounts is not on this host, or not of the type that it says, and the "
	  "pod waits for it",
	  "put the file there ('atrest config new'), or correct the volume's path and type" },
	{ "mount-failed", AR_ERROR, false, "a volume cannot be mounted, and the pod waits for it",
	  "correct the volume in the manifest" },
	{ "image-missing", AR_ERROR, false,
	  "the image is not on this node and cannot be fetched, so no container starts",
	  "'crictl pull IMAGE' shows why; or correct the image in the manifest" },
	{ "container-create", AR_ERROR, false,
	  "the container runtime cannot make the container: a mount, the command or a limit does "
	  "not fit",
	  "correct in the manifest what it names" },
	{ "runtime-down", AR_ERROR, false,
	  "the kubelet does not reach the container runtime, so nothing is started or ended",
	  "'systemctl status containerd' (or crio), then start it" },
	{ "probe-failed", AR_ERROR, false,
	  "the kubelet ends an API server that does not answer its probe in time, and starts it "
	  "anew",
	  "its own log says what it waits for: 'crictl logs' of the container kube-apiserver" },
	{ "out-of-memory", AR_ERROR, false, "the kernel has ended the process for want of memory",
	  "give the machine, or the container, more" },

	/* --- the API server's log: why it does not start --- */
	{ "config-not-seen", AR_ERROR, false,
	  "the API server finds no file at this path inside its container: it is not on the host, "
	  "or no mount shows it",
	  "make it with 'atrest config new', or mount it with 'atrest patch'" },
	{ "config-denied", AR_ERROR, false,
	  "the API server may not read its file: owner, mode, or SELinux's label",
	  "'ls -lZ FILE'; then 'chown root:root FILE', 'chmod 600 FILE', 'restorecon -v FILE'" },
	{ "config-is-folder", AR_ERROR, false,
	  "at the file's path stands a folder: the kubelet makes one where a volume has type "
	  "DirectoryOrCreate and the file is missing",
	  "remove the empty folder, put the file there, and correct the volume's type to File" },
	{ "config-rejected", AR_ERROR, false,
	  "the API server does not take its EncryptionConfiguration, and does not start",
	  "'atrest config check' names the line" },
	{ "reload-rejected", AR_ERROR, false,
	  "the API server has not loaded the changed file: it runs on with the old one, and will "
	  "not start with the new one",
	  "'atrest config check' names the line; correct it before the server starts again" },
	{ "reload-needs-config", AR_ERROR, false,
	  "the reload flag stands without --encryption-provider-config",
	  "'atrest patch --hot-reload' sets both, or take the reload flag out" },
	{ "flag-unknown", AR_ERROR, false, "this kube-apiserver does not know a flag that it got",
	  "correct the flag's name in the manifest, or take it out" },
	{ "flag-value", AR_ERROR, false, "a flag of the API server has a value that it cannot take",
	  "correct the value in the manifest" },
	{ "port-taken", AR_ERROR, false,
	  "another process listens on the API server's port: often its own old one, that has not "
	  "ended yet",
	  "see who: 'ss -ltnp sport = :6443'" },
	{ "certificate-missing", AR_ERROR, false,
	  "a certificate or key that a flag names is not there inside the container",
	  "see that the file is on the host, and mounted: 'kubeadm certs check-expiration'" },
	{ "certificate-invalid", AR_ERROR, false,
	  "a certificate or key of the API server cannot be used",
	  "'kubeadm certs check-expiration', then 'kubeadm certs renew'" },
	{ "etcd-unreachable", AR_ERROR, false,
	  "the API server does not reach etcd, and without it serves nothing",
	  "'crictl ps -a --name etcd', and its log" },
	{ "etcd-full", AR_ERROR, false, "etcd is over its quota and takes no write any more",
	  "compact and defragment it, then disarm the alarm: 'etcdctl alarm disarm'" },

	/* --- the API server's log: values that cannot be read --- */
	{ "value-no-provider", AR_ERROR, false,
	  "a stored value begins with the prefix of no provider of the config: it was written in "
	  "plain text and identity is missing, or with a provider that was taken out",
	  "put what is missing back as the last provider: 'identity: {}', or the old one with its "
	  "key" },
	{ "value-no-key", AR_ERROR, false,
	  "a stored value was written with a key that is no longer in the config",
	  "put the old key back, with its old name, as the provider's last one; 'atrest undo list' "
	  "shows the records that may hold it" },
	{ "value-wrong-key", AR_ERROR, false,
	  "a stored value does not decrypt with the key of its name: the bytes were changed under "
	  "one name, or differ between servers",
	  "put the right bytes under that name; the files of all servers must be the same" },
	{ "value-encrypted", AR_ERROR, false,
	  "a stored value is encrypted, and this server has no provider for it: the flag is "
	  "missing, or the config names other resources or only identity",
	  "give this server the file that the others have: 'atrest enable'" },
	{ "kms-unreachable", AR_ERROR, false,
	  "the KMS plugin does not answer, so its values can be neither read nor written",
	  "see that the plugin runs on this node, and that its socket is mounted" },
	{ NULL, AR_NOTE, false, NULL, NULL },
};
