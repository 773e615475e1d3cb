/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>

#include "kube/image.h"

Suite *image_suite(void);

static const struct {
	const char *image;
	int minor, patch;
} images[] = {
	{ "registry.example/kube-apiserver:v1.34.4", 34, 4 },
	{ "registry.example:5000/kube-apiserver:v1.34.4", 34, 4 },
	{ "x/kube-apiserver:v1.31.0@sha256:0123", 31, 0 },
	{ "x/hyperkube:v1.8.1_coreos.0", 8, 1 },
	{ "x:1.27.3-gke.100", 27, 3 },
	{ "x:v1.30.0-alpha.1", 30, 0 },
	{ "x:v1.32.11-rke2r1", 32, 11 },
	{ "kube-apiserver", -1, -1 },
	{ "registry.example:5000/kube-apiserver", -1, -1 },
	{ "x@sha256:1.30.0", -1, -1 },
	{ "x:latest", -1, -1 },
	{ "x:v2.30.0", -1, -1 },
	{ "x:v1.30", -1, -1 },
	{ "x:v1.99999.0", -1, -1 },
	{ "x:v1.", -1, -1 },
	{ "x:", -1, -1 },
	{ "", -1, -1 },
	{ NULL, -1, -1 },
};

START_TEST(the_tag_tells_the_version)
{
	int minor = 7, patch = 7;

	ck_assert_int_eq(ar_image_version(images[_i].image, &minor, &patch), images[_i].minor >= 0);
	ck_assert_int_eq(minor, images[_i].minor);
	ck_assert_int_eq(patch, images[_i].patch);
}
END_TEST

Suite *image_suite(void)
{
	Suite *suite = suite_create("image");
	TCase *tcase = tcase_create("image");

	tcase_add_loop_test(tcase, the_tag_tells_the_version, 0, sizeof images / sizeof *images);
	suite_add_tcase(suite, tcase);
	return suite;
}
