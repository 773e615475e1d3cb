/* SPDX-License-Identifier: Apache-2.0 */

/* ar-json: the first document as our normalised JSON. A text without one is what the kubelet makes
 * of it: null. */

#include "serve.h"
#include "yaml/json.h"

static int answer(const struct request *request, json_t *ret_answer, struct ar_err *err)
{
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_BUF_AUTO struct ar_buf json = AR_BUF_INIT;

	if (ar_tree_parse(&request->text, 0, &tree, err) != 0)
		return -1;
	if (ar_tree_documents(tree) == 0)
		ar_buf_adds(&json, "null");
	else if (ar_json_write(tree, ar_tree_root(tree, 0), NULL, &json, err) != 0)
		return -1;
	if (ar_buf_check(&json, err) != 0)
		return -1;
	return json_object_set_new(ret_answer, "json", json_stringn(json.data, json.len));
}

int main(void)
{
	return serve(false, answer);
}
