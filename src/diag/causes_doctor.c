/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/causes_impl.h"

const struct ar_cause ar__causes_doctor[] = {
	/* --- how this node is kept --- */
	{ "api-down", AR_WARNING, false,
	  "the API server does not answer: what only it can tell was not looked at",
	  "if it should run: 'crictl ps -a --name kube-apiserver', 'journalctl -u kubelet'" },
	{ "stale-mount", AR_WARNING, false,
	  "the file was replaced, but the mount of a single file still shows the running server "
	  "the old one",
	  "'atrest enable' restarts the container, which mounts the new one; with --hot-reload "
	  "the folder is mounted, and this cannot happen" },
	{ "reload-pending", AR_NOTE, false,
	  "the API server looks at the file once a minute, and has not come to it yet",
	  "wait a minute, then look again: 'atrest status'" },
	{ "reload-mount", AR_WARNING, false,
	  "the API server reloads its file, but a mount of a single file never shows it a new one",
	  "'atrest enable --hot-reload' moves it to a folder of its own, and mounts that" },
	{ "persist-missing", AR_WARNING, false,
	  "there is no kubeadm-config in this cluster, so nothing was written that an upgrade "
	  "would keep the flag by",
	  "put it where your control plane is made from, or run 'atrest patch' after each "
	  "upgrade" },
	{ "persist-drift", AR_WARNING, false,
	  "'kubeadm upgrade' makes the manifest anew from kubeadm-config, where this is not the "
	  "same: the flag would be lost, and with it every encrypted value",
	  "'atrest enable' writes it there" },
	{ "persist-unseen", AR_NOTE, false,
	  "kubeadm-config could not be read, so it is not known what an upgrade would do",
	  "run it again once the API server answers, with credentials that may read it" },
	{ "key-in-record", AR_NOTE, false,
	  "a record of this machine holds a file with a key of the name that is missing",
	  "look at it: 'atrest undo list'; its keys go back as last ones, behind the one that "
	  "writes" },
	{ "record-open", AR_WARNING, false, "a change was begun and not finished, or not proved",
	  "run the same command again: it goes on from what it sees; or 'atrest undo'" },
	{ "flag-missing", AR_WARNING, false, "without the flag nothing is encrypted here",
	  "'atrest enable' turns it on, and proves it" },
	{ NULL, AR_NOTE, false, NULL, NULL },
};
