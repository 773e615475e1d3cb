/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/causes_impl.h"

const struct ar_cause ar__causes_live[] = {
	/* --- what would make a live change fail: looked for before it --- */
	{ "kubelet-stopped", AR_STOP, true,
	  "no kubelet runs on this machine, so nothing takes up a changed manifest",
	  "start it ('systemctl start kubelet'), then run again" },
	{ "pod-unhealthy", AR_STOP, true,
	  "the API server is not well before the change, so afterwards nobody can tell what the "
	  "change did",
	  "find the cause first: 'atrest doctor'" },
	{ "no-space", AR_ERROR, false, "a file could not be written as a whole",
	  "make room on this filesystem, then run again" },
	{ "immutable", AR_ERROR, false, "nobody can replace a file that is immutable, root neither",
	  "find out who made it so; then 'chattr -i FILE', and run again" },
	{ "read-only", AR_ERROR, false, "nothing can be written on this file system",
	  "find out why it is mounted read-only; then remount it, and run again" },
	{ "members-unseen", AR_WARNING, false,
	  "other API servers, if there are any, could not read what this one encrypts",
	  "see that there is one only: 'kubectl get nodes -l "
	  "node-role.kubernetes.io/control-plane'" },
	{ "no-escrow", AR_STOP, true,
	  "the key that stays lies nowhere but on the control plane: what is stored is lost with "
	  "it",
	  "'atrest export FILE', keep it apart from the backups of etcd, then 'atrest continue'; "
	  "'--accept no-escrow' where the file is kept in another way" },
	{ "server-gone", AR_STOP, true,
	  "what that server has loaded is not known: it may be unable to read what the others "
	  "write, "
	  "or still write with a key that they give up",
	  "start it, or look on its node; '--accept server-gone=NAME' where it will never come "
	  "back" },
	{ "server-behind", AR_WARNING, false,
	  "what one of them writes the other may not be able to read",
	  "where a change of keys is under way 'atrest continue' on each node goes on with it; "
	  "else "
	  "put the same file on every node" },
	{ "identity-writes", AR_STOP, true,
	  "the API server would run with the file, and encrypt no Secret with it",
	  "put a key first: after a way back 'atrest undo' gives the file before it; to go on in "
	  "plain text '--accept identity-writes'" },
	{ "key-lost", AR_STOP, true,
	  "the running API server has a key that the file now lacks: what is encrypted with it "
	  "could "
	  "not be read any more",
	  "put the key back, as a last one ('atrest undo list' shows older files); '--accept "
	  "key-lost' "
	  "where nothing is encrypted with it" },
	{ "writer-unread", AR_STOP, true,
	  "the config writes with a key that the file here does not have: API servers that lack "
	  "it, "
	  "too, could not read what this one then writes",
	  "import a file in which that key only reads, as the first step of 'atrest rotate' makes "
	  "it; "
	  "'--accept writer-unread' once every other API server reads the key" },
	{ "stored-stale", AR_WARNING, false,
	  "what was stored before is in plain text, or under an older key, until it is written "
	  "again",
	  "'atrest verify' says how many and which, 'atrest reencrypt' writes them again" },
	{ "selinux-context", AR_STOP, true,
	  "with this label SELinux may keep the API server's container from reading the file",
	  "give it the label of its neighbours: 'restorecon -v FILE', or 'chcon --reference'" },
	{ "server-flag-drift", AR_STOP, true,
	  "the API server runs with a flag that its manifest does not have, and loses it at its "
	  "next start: values that it has encrypted could not be read any more",
	  "put the flag back with the same file ('atrest patch --config FILE'); "
	  "'--accept server-flag-drift' where nothing is encrypted" },
	{ "no-credentials", AR_WARNING, false,
	  "the API server cannot be asked who it is, what it has loaded, or for a canary",
	  "name a kubeconfig that may do it: --kubeconfig /etc/kubernetes/admin.conf" },

	/* --- what is seen when the proof fails --- */
	{ "kubelet-ignored", AR_ERROR, false,
	  "the kubelet has not taken up the changed manifest: the old pod runs on",
	  "move the manifest out of its folder, wait half a minute, and move it back; "
	  "'journalctl -u kubelet' says more" },
	{ "pod-missing", AR_ERROR, false,
	  "the kubelet has taken up the manifest, but starts no API server",
	  "see why: 'journalctl -u kubelet | grep apiserver'" },
	{ "crash-loop", AR_ERROR, false, "the API server starts, and ends again and again",
	  "its own log says why: 'crictl ps -a --name kube-apiserver', 'crictl logs ID'" },
	{ "health-timeout", AR_ERROR, false,
	  "the API server runs, but does not become ready: it would answer with errors, or not at "
	  "all",
	  "see which of its checks fails: 'kubectl get --raw /readyz?verbose'" },
	{ "time-over", AR_ERROR, false, "five minutes went by without the proof",
	  "see what it waits for: 'journalctl -u kubelet', 'crictl ps -a'" },
	{ "not-loaded", AR_ERROR, false,
	  "the process runs without the flag, so it stores everything in plain text, and cannot "
	  "read what is encrypted",
	  "'atrest enable' makes the kubelet start it anew with the manifest's flags" },
	{ "config-hash-differs", AR_ERROR, false,
	  "the API server has loaded another file than the one that lies on the disk",
	  "'atrest enable' makes it load the file, and proves it" },
	{ "canary-denied", AR_NOTE, false,
	  "a Secret could not be made to see how it is stored: these credentials may not, or an "
	  "admission rule forbids it",
	  "give other credentials with --kubeconfig; nothing is wrong with the encryption for it" },
	{ "canary-failed", AR_ERROR, false,
	  "the API server runs, but a Secret cannot be written and read back through it",
	  "its log says why: 'crictl logs' of the container kube-apiserver, 'atrest doctor'" },
	{ NULL, AR_NOTE, false, NULL, NULL },
};
