/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/hide.h"

#include <stdlib.h>
#include <string.h>

#include "kube/encconf.h"
#include "kube/kubeadmconf.h"

static bool mentions(const struct ar_text *text, const char *word)
{
	return text->len > 0 && memmem(text->data, text->len, word, strlen(word)) != NULL;
}

static int hide_kubeadm(const struct ar_text *text, struct ar_hidden *ret, struct ar_err *err)
{
	AR_TREE_AUTO struct ar_tree *tree = NULL;

	if (ar_tree_parse(text, AR_TREE_MANY, &tree, err) != 0)
		return -1;
	return ar_kubeadmconf_secrets(tree, &ret->list, &ret->count, err);
}

int ar_hide_find(const struct ar_text *text, struct ar_hidden *ret, struct ar_err *err)
{
	*ret = (struct ar_hidden){ .list = NULL };
	if (!text->data)
		return 0;
	if (text->secret)
		return ar_encconf_secrets(text, &ret->list, &ret->count, err);
	if (mentions(text, "kubeadm.k8s.io/"))
		return hide_kubeadm(text, ret, err);
	return 0;
}

void ar_hide_source(const struct ar_text *text, struct ar_err *err)
{
	bool holds_some = mentions(text, "oken") || mentions(text, "certificateKey");

	if (holds_some && mentions(text, "kubeadm"))
		err->source[0] = '\0';
}
