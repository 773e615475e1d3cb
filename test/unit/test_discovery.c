/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "api/list_impl.h"
#include "api/migration.h"

Suite *discovery_suite(void);

START_TEST(paths)
{
	static const struct {
		struct ar_served served;
		const char *namespace, *name, *path;
	} rows[] = {
		{ { .resource = { .resource = "secrets" }, .version = "v1" },
		  "a",
		  "b",
		  "/api/v1/namespaces/a/secrets/b" },
		{ { .resource = { .resource = "nodes" }, .version = "v1" },
		  "",
		  "cp1.example.com",
		  "/api/v1/nodes/cp1.example.com" },
		{ { .resource = { .resource = "roles", .group = "rbac.authorization.k8s.io" },
		    .version = "v1" },
		  "kube-system",
		  "system:a b/ä%",
		  "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/roles/"
		  "system%3Aa%20b%2F%C3%A4%25" },
		{ { .resource = { .resource = "widgets", .group = "example.com" },
		    .version = "v1beta1" },
		  NULL,
		  NULL,
		  "/apis/example.com/v1beta1/widgets" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const size_t len = strlen(rows[i].path);
		char path[200];
		ck_assert(ar_served_path(&rows[i].served, rows[i].namespace, rows[i].name, path,
					 len + 1));
		ck_assert_str_eq(path, rows[i].path);
		ck_assert(!ar_served_path(&rows[i].served, rows[i].namespace, rows[i].name, path,
					  len));
	}
}
END_TEST

START_TEST(migrations_are_served_in_versions_that_are_known)
{
	struct ar_served list[] = {
		{ .resource = { .resource = "secrets" }, .version = "v1" },
		{ .resource = { .resource = "storageversionmigrations",
				.group = "storagemigration.k8s.io" } },
	};
	const struct ar_discovery discovery = { .list = list, .count = 2 };
	static const struct {
		const char *version;
		bool served;
	} rows[] = { { "v1", true }, { "v1beta1", true }, { "v1alpha1", false }, { "v2", false } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char version[64] = "";
		snprintf(list[1].version, sizeof list[1].version, "%s", rows[i].version);
		ck_assert_int_eq(ar_migration_served(&discovery, version), rows[i].served);
		ck_assert_str_eq(version, rows[i].served ? rows[i].version : "");
	}
	char version[64];
	const struct ar_discovery less = { .list = list, .count = 1 };
	ck_assert(!ar_migration_served(&less, version));
	ck_assert_ptr_null(ar_discovery_find(&discovery, "secrets", "other"));
	ck_assert_ptr_eq(ar_discovery_find(&discovery, "secrets", ""), &list[0]);
}
END_TEST

/* Each is cut off, or has a value of the wrong type, somewhere: none may be read beyond. */
START_TEST(nonsense_is_no_resource)
{
	static const char *const texts[] = {
		"{}",
		"{\"items\":{}}",
		"{\"items\":[1,null,[],{\"metadata\":5,\"versions\":[{\"version\":1}]}]}",
		"{\"items\":[{\"versions\":[{\"version\":\"v1\",\"resources\":[{},5,{\"resource\":"
		"\"a\"},{\"resource\":\"A/b\",\"verbs\":[\"get\",\"list\",\"watch\"]},"
		"{\"resource\":\"a\",\"verbs\":[1,\"get\",\"list\"]}]}]}]}",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		AR_DISCOVERY_AUTO struct ar_discovery found = AR_DISCOVERY_INIT;
		struct ar__adding adding = { .to = &found, .group = "", .version = "v1" };
		struct ar_err err = AR_ERR_INIT;
		json_auto_t *json = json_loads(texts[i], 0, NULL);
		ck_assert_int_eq(ar__add_groups(&adding, json, &err), 0);
		ck_assert_int_eq(ar__add_resources(&adding, json, &err), 0);
		ck_assert_uint_eq(found.count, 0);
	}
}
END_TEST

Suite *discovery_suite(void)
{
	Suite *suite = suite_create("discovery");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, paths);
	tcase_add_test(tcase, migrations_are_served_in_versions_that_are_known);
	tcase_add_test(tcase, nonsense_is_no_resource);
	return suite;
}
