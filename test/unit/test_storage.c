/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "kube/storage.h"

Suite *storage_suite(void);

START_TEST(a_resource_has_its_folder_and_back)
{
	static const struct {
		struct ar_resource resource;
		const char *folder;
		bool custom; /* as it is read back */
	} rows[] = {
		{ { "secrets", "", false }, "/registry/secrets/", false },
		{ { "configmaps", "", false }, "/registry/configmaps/", false },
		{ { "services", "", false }, "/registry/services/specs/", false },
		{ { "endpoints", "", false }, "/registry/services/endpoints/", false },
		{ { "nodes", "", false }, "/registry/minions/", false },
		{ { "replicationcontrollers", "", false }, "/registry/controllers/", false },
		{ { "ingresses", "networking.k8s.io", false }, "/registry/ingress/", false },
		{ { "ingressclasses", "networking.k8s.io", false },
		  "/registry/ingressclasses/",
		  false },
		{ { "deployments", "apps", false }, "/registry/deployments/", false },
		{ { "leases", "coordination.k8s.io", false }, "/registry/leases/", false },
		{ { "events", "", false }, "/registry/events/", false },
		{ { "customresourcedefinitions", "apiextensions.k8s.io", false },
		  "/registry/apiextensions.k8s.io/customresourcedefinitions/",
		  true },
		{ { "apiservices", "apiregistration.k8s.io", true },
		  "/registry/apiregistration.k8s.io/apiservices/",
		  true },
		{ { "widgets", "example.com", true }, "/registry/example.com/widgets/", true },
		/* Of somebody's own, though their names are Kubernetes' own. */
		{ { "nodes", "metrics.example.com", true },
		  "/registry/metrics.example.com/nodes/",
		  true },
		{ { "gateways", "gateway.networking.k8s.io", true },
		  "/registry/gateway.networking.k8s.io/gateways/",
		  true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char folder[AR_STORAGE_MAX], key[AR_STORAGE_MAX + 10];
		struct ar_resource back;
		size_t len;
		ck_assert(ar_storage_folder("/registry", &rows[i].resource, folder, sizeof folder));
		ck_assert_str_eq(folder, rows[i].folder);
		snprintf(key, sizeof key, "%sns/name", folder);
		ck_assert(ar_storage_resource("/registry", key, strlen(key), &back, &len));
		ck_assert_uint_eq(len, strlen(folder));
		ck_assert_str_eq(back.resource, rows[i].resource.resource);
		ck_assert_str_eq(back.group, rows[i].resource.group);
		ck_assert_int_eq(back.custom, rows[i].custom);
	}
}
END_TEST

START_TEST(the_prefix_is_used_as_the_server_uses_it)
{
	static const struct {
		const char *prefix, *folder;
	} rows[] = {
		{ "/registry", "/registry/pods/" },
		{ "registry", "/registry/pods/" },
		{ "/registry/", "/registry/pods/" },
		{ "//a///b/", "/a/b/pods/" },
		{ "", "/pods/" },
		{ "/", "/pods/" },
		{ "/a/./b/../c", "/a/c/pods/" },
		{ "../../a", "/a/pods/" },
		{ "/a/..", "/pods/" },
		{ "/a..", "/a../pods/" },
	};
	const struct ar_resource pods = { .resource = "pods" };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char folder[AR_STORAGE_MAX];
		ck_assert(ar_storage_folder(rows[i].prefix, &pods, folder, sizeof folder));
		ck_assert_str_eq(folder, rows[i].folder);
	}
}
END_TEST

START_TEST(what_does_not_fit_is_said)
{
	const struct ar_resource pods = { .resource = "pods" };
	char folder[AR_STORAGE_MAX], prefix[AR_STORAGE_MAX + 1];

	ck_assert(ar_storage_folder("/registry", &pods, folder, sizeof "/registry/pods/"));
	ck_assert(!ar_storage_folder("/registry", &pods, folder, sizeof "/registry/pods/" - 1));
	memset(prefix, 'p', AR_STORAGE_MAX);
	prefix[AR_STORAGE_MAX] = '\0';
	ck_assert(!ar_storage_folder(prefix, &pods, folder, sizeof folder));
	prefix[AR_STORAGE_MAX - 3] = '\0';
	ck_assert(!ar_storage_folder(prefix, &pods, folder, sizeof folder));
}
END_TEST

static bool split(const char *key, struct ar_storage_key *ret)
{
	return ar_storage_split("/registry/secrets/", key, strlen(key), ret);
}

START_TEST(a_key_is_taken_apart)
{
	struct ar_storage_key key;

	ck_assert(split("/registry/secrets/default/a", &key));
	ck_assert(ar_text_is(key.namespace, key.namespace_len, "default"));
	ck_assert(ar_text_is(key.name, key.name_len, "a"));
	ck_assert(split("/registry/secrets/a.b", &key));
	ck_assert_uint_eq(key.namespace_len, 0);
	ck_assert(ar_text_is(key.name, key.name_len, "a.b"));
	ck_assert(!split("/registry/secrets/", &key));
	ck_assert(!split("/registry/secrets//a", &key));
	ck_assert(!split("/registry/secrets/a/", &key));
	ck_assert(!split("/registry/secrets/a/b/c", &key));
	ck_assert(!split("/registry/secret/a/b", &key));
	ck_assert(!split("", &key));
}
END_TEST

START_TEST(not_every_key_is_a_resource_s)
{
	static const char *const keys[] = {
		"/registry/ranges/serviceips",
		"/registry/ranges/servicenodeports",
		"/registry/masterleases/10.0.0.1",
		"/registry/secrets/",
		"/registry/secrets",
		"/registry/nodes/a",      /* they lie under minions */
		"/registry/services/a/b", /* neither specs nor endpoints */
		"/registry/apiservices/a",
		"/registry/example.com/widgets/",
		"/registry/example.com/widgets",
		"/registry/example.com//a",
		"/registry/example.com",
		"/registry",
		"/other/secrets/default/a",
		"/registrysecrets/default/a",
		"compact_rev_key",
		"",
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct ar_resource resource;
		size_t len;
		ck_assert_msg(!ar_storage_resource("/registry", keys[i], strlen(keys[i]), &resource,
						   &len),
			      "%s", keys[i]);
	}
}
END_TEST

START_TEST(a_key_may_have_any_bytes)
{
	char key[700] = "/registry/";
	struct ar_resource resource;
	size_t len;

	ck_assert(!ar_storage_resource("/registry", "/registry/a.\0b/c/d", 18, &resource, &len));
	ck_assert(!ar_storage_resource("/registry", "/registry/a.b/c\0/d", 18, &resource, &len));
	memset(key + 10, 'g', 256);
	key[20] = '.';
	memcpy(key + 266, "/plural/name", 12);
	ck_assert(!ar_storage_resource("/registry", key, 278, &resource, &len));
	ck_assert(ar_storage_resource("/registry", "/registry/a.b/c/d", 17, &resource, &len));
	ck_assert_str_eq(resource.group, "a.b");
}
END_TEST

START_TEST(some_rewrite_themselves)
{
	static const struct {
		struct ar_resource resource;
		bool can;
	} rows[] = {
		{ { "secrets", "", false }, true },
		{ { "events", "", false }, false },
		{ { "events", "events.k8s.io", false }, false },
		{ { "events", "example.com", true }, true },
		{ { "apiserveripinfo", "", false }, false },
		{ { "leases", "coordination.k8s.io", false }, true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_int_eq(ar_storage_cannot_rewrite(&rows[i].resource) == NULL, rows[i].can);
}
END_TEST

START_TEST(a_resource_is_called_as_a_config_names_it)
{
	const struct ar_resource core = { "secrets", "", false };
	const struct ar_resource custom = { "widgets", "example.com", true };
	char name[40];

	ck_assert_str_eq(ar_resource_name(&core, name, sizeof name), "secrets");
	ck_assert_str_eq(ar_resource_name(&custom, name, sizeof name), "widgets.example.com");
}
END_TEST

Suite *storage_suite(void)
{
	Suite *suite = suite_create("storage");
	TCase *tests = tcase_create("storage");

	tcase_add_test(tests, a_resource_has_its_folder_and_back);
	tcase_add_test(tests, the_prefix_is_used_as_the_server_uses_it);
	tcase_add_test(tests, what_does_not_fit_is_said);
	tcase_add_test(tests, a_key_is_taken_apart);
	tcase_add_test(tests, not_every_key_is_a_resource_s);
	tcase_add_test(tests, a_key_may_have_any_bytes);
	tcase_add_test(tests, some_rewrite_themselves);
	tcase_add_test(tests, a_resource_is_called_as_a_config_names_it);
	suite_add_tcase(suite, tests);
	return suite;
}
