/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "diag/encheck_impl.h"
#include "diag/nameset.h"
#include "kube/govalues.h"
#include "kube/resources.h"

/* --- the file --- */

/* The next line of the text from *at on, without its newline, as grep sees lines. */
static bool next_line(const struct ar_text *text, size_t *at, const char **ret_line,
		      size_t *ret_len)
{
	if (*at >= text->len)
		return false;
	const char *start = text->data + *at;
	const char *newline = memchr(start, '\n', text->len - *at);
	*ret_line = start;
	*ret_len = newline ? (size_t)(newline - start) : text->len - *at;
	*at += *ret_len + 1;
	return true;
}

/* Are there words, and is each a provider that kube-bench accepts? Its words are runs of ASCII
 * letters. */
static bool all_accepted(const char *line, size_t len)
{
	size_t words = 0;

	for (size_t i = 0; i < len;) {
		size_t start = i;
		while (i < len && ((line[i] | 0x20) >= 'a' && (line[i] | 0x20) <= 'z'))
			i++;
		size_t word = i - start;
		if (word == 0) {
			i++;
			continue;
		}
		words++;
		if (!ar_text_is(line + start, word, "aescbc") &&
		    !ar_text_is(line + start, word, "kms") &&
		    !ar_text_is(line + start, word, "secretbox"))
			return false;
	}
	return words > 0;
}

/* What kube-bench 1.2.28 does: the line behind the last one with `providers:` (or that line, at the
 * end of the file). */
static bool passes_kube_bench(const struct ar_text *text)
{
	const char *line, *chosen = NULL;
	size_t len, at = 0, chosen_len = 0;
	bool behind = false;

	while (next_line(text, &at, &line, &len)) {
		bool match = len >= 10 && memmem(line, len, "providers:", 10);
		if (match || behind) {
			chosen = line;
			chosen_len = len;
		}
		behind = match;
	}
	return chosen && all_accepted(chosen, chosen_len);
}

/* Where encryption is not wanted, or is done by what kube-bench does not accept, its complaint is
 * no surprise. */
static bool writes_what_kube_bench_wants(const struct ar_encconf *conf)
{
	for (size_t i = 0; i < conf->entry_count; i++) {
		const struct ar_enc_entry *entry = &conf->entries[i];
		enum ar_provider_kind kind = entry->provider_count ? entry->providers[0].kind
								   : AR_IDENTITY;
		if (kind != AR_AESCBC && kind != AR_SECRETBOX && kind != AR_KMS)
			return false;
	}
	return conf->entry_count > 0;
}

void ar__lint_file(struct ar__check *c)
{
	const struct ar_node *root = ar_tree_root(c->tree, 0);

	if (ar_tree_has_more(c->tree)) {
		struct ar_finding *finding = ar_findings_add(
			c->findings, "document-ignored", "there is more behind the first document");
		if (ar_finding_at(finding, c->text, root ? root->end : 0, NULL) != 0)
			c->oom = true;
	}
	if (!c->conf)
		return;
	if (strcmp(c->conf->kind, "EncryptionConfig") == 0)
		ar__check_add(c, "legacy-kind", ar__field_or(c, c->conf->root, "kind"), "kind",
			      "this is the old name of the kind");
	if (writes_what_kube_bench_wants(c->conf) && !passes_kube_bench(c->text))
		ar__check_add(c, "kube-bench", NULL, "",
			      "the line behind the last 'providers:' does not hold just "
			      "the provider's name");
}

/* --- resources --- */

static void lint_name(struct ar__check *c, const char *name, const struct ar_node *node,
		      const char *where)
{
	const char *meant = NULL;
	char shown[AR__SHOWN];
	enum ar_resource_sort sort = ar_resource_sort_of(name, &meant);

	ar__shown(shown, name);
	if (sort == AR_RESOURCE_UNKNOWN && meant)
		ar__check_add(c, "resource-unknown", node, where,
			      "there is no resource %s; did you mean '%s'?", shown, meant);
	else if (sort == AR_RESOURCE_UNKNOWN)
		ar__check_add(c, "resource-unknown", node, where, "there is no resource %s", shown);
	else if (sort == AR_RESOURCE_CUSTOM && !ar__check_since(c, 26))
		ar__check_add(c, "custom-unsupported", node, where, "%s is a custom resource",
			      shown);
	else if (sort == AR_RESOURCE_WILD && !ar__check_since(c, 27))
		ar__check_add(c, "wildcard-unsupported", node, where,
			      "%s is no wildcard in this version", shown);
}

static bool is_in(const struct ar__nameset *names, const char *name)
{
	size_t value;

	return ar__nameset_find(names, name, strlen(name), &value);
}

/* A wildcard that encrypts what is written all the time, where no earlier entry takes that out. */
static void lint_churn(struct ar__check *c, const struct ar__nameset *names,
		       const struct ar_enc_entry *entry, size_t j, const char *where)
{
	static const char leases[] = "leases.coordination.k8s.io";
	const char *name = entry->resources[j];
	bool all = strcmp(name, "*.*") == 0;
	bool events = (all || strcmp(name, "*.") == 0) && !is_in(names, "events") &&
		      !is_in(names, "events.");
	bool covers_leases = (all || strcmp(name, "*.coordination.k8s.io") == 0) &&
			     !is_in(names, leases) && !is_in(names, "*.coordination.k8s.io");

	if (!ar__check_since(c, 27) || entry->provider_count == 0 ||
	    entry->providers[0].kind == AR_IDENTITY)
		return;
	if (events || covers_leases)
		ar__check_add(c, "wildcard-churn", entry->resource_nodes[j], where,
			      "wildcard '%s' covers %s", name,
			      !covers_leases ? "events"
			      : events       ? "events and leases"
					     : "leases");
}

static void lint_entry(struct ar__check *c, struct ar__nameset *names, size_t i)
{
	const struct ar_enc_entry *entry = &c->conf->entries[i];
	char where[AR__PATH], shown[AR__SHOWN];

	for (size_t j = 0; j < entry->resource_count && !c->oom; j++) {
		const char *name = entry->resources[j];
		size_t earlier = i;
		ar__path(where, "resources[%zu].resources[%zu]", i, j);
		lint_name(c, name, entry->resource_nodes[j], where);
		lint_churn(c, names, entry, j, where);
		if (ar__nameset_find(names, name, strlen(name), &earlier) && earlier != i)
			ar__check_add(c, "resource-twice", entry->resource_nodes[j], where,
				      "resource %s stands in resources[%zu] too",
				      ar__shown(shown, name), earlier);
		else
			ar__nameset_put(names, name, strlen(name), i);
		c->oom = c->oom || names->oom;
	}
}

void ar__lint_resources(struct ar__check *c)
{
	AR__NAMESET_AUTO struct ar__nameset names = { .slots = NULL };

	for (size_t i = 0; i < c->conf->entry_count; i++)
		lint_entry(c, &names, i);
}

/* --- providers --- */

static void lint_kms(struct ar__check *c, const struct ar_enc_provider *provider, const char *where)
{
	const struct ar_enc_kms *kms = provider->kms;
	struct ar_go_url url = ar_go_url_parse(kms->endpoint, strlen(kms->endpoint));
	const struct ar_node *node = ar__field_or(c, provider->node, "kms");
	char field[AR__PATH];

	ar__path(field, "%s.kms.endpoint", where);
	if (url.parses && url.host_len > 0)
		ar__check_add(c, "kms-endpoint-path", ar__field_or(c, node, "endpoint"), field,
			      "the first part of the path is taken for a host, and dropped");
	else if (url.parses && url.path_len == 0)
		ar__check_add(c, "kms-endpoint-path", ar__field_or(c, node, "endpoint"), field,
			      "the endpoint has no path");
	ar__path(field, "%s.kms.apiVersion", where);
	/* where v1 is off, the verdict has said so */
	if (strcmp(kms->api_version, "v1") == 0 && !ar__check_since(c, 29) &&
	    ar__check_since(c, 27))
		ar__check_add(c, "kms-v1", ar__field_or(c, node, "apiVersion"), field,
			      "this is KMS v1");
}

static void lint_entry_providers(struct ar__check *c, size_t i)
{
	const struct ar_enc_entry *entry = &c->conf->entries[i];
	char where[AR__PATH];
	bool identity = false;

	for (size_t j = 0; j < entry->provider_count; j++) {
		const struct ar_enc_provider *provider = &entry->providers[j];
		identity = identity || provider->identity;
		ar__path(where, "resources[%zu].providers[%zu]", i, j);
		if (provider->kind == AR_IDENTITY && j == 0 && entry->provider_count > 1)
			ar__check_add(c, "identity-first", provider->node, where,
				      "identity is first, with keys behind it");
		if (provider->kind == AR_AESGCM)
			ar__check_add(c, "provider-aesgcm", provider->node, where,
				      "this is aesgcm");
		if (provider->kind == AR_KMS)
			lint_kms(c, provider, where);
	}
	ar__path(where, "resources[%zu].providers", i);
	if (!identity && entry->provider_count > 0)
		ar__check_add(c, "identity-missing", ar__field_or(c, entry->node, "providers"),
			      where, "identity is not among the providers");
}

void ar__lint_providers(struct ar__check *c)
{
	for (size_t i = 0; i < c->conf->entry_count && !c->oom; i++)
		lint_entry_providers(c, i);
}
