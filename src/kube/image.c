/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/image.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* Where the tag begins, or NULL: a colon behind the last slash, before a digest. */
static const char *image_tag(const char *image)
{
	const char *slash = strrchr(image, '/');
	const char *name = slash ? slash + 1 : image;
	size_t len = strcspn(name, "@:");

	return name[len] == ':' ? name + len + 1 : NULL;
}

/* A decimal number of at most four digits at *at, which moves behind it; -1 where there is none. */
static int number(const char **at)
{
	const char *start = *at;
	int value = 0;

	while (isdigit((unsigned char)**at) && *at - start < 4)
		value = value * 10 + (*(*at)++ - '0');
	return *at == start || isdigit((unsigned char)**at) ? -1 : value;
}

bool ar_image_version(const char *image, int *ret_minor, int *ret_patch)
{
	const char *at = image ? image_tag(image) : NULL;

	*ret_minor = *ret_patch = -1;
	if (!at)
		return false;
	if (*at == 'v')
		at++;
	if (number(&at) != 1 || *at++ != '.')
		return false;
	int minor = number(&at);
	if (minor < 0 || *at++ != '.')
		return false;
	int patch = number(&at);
	if (patch < 0)
		return false;
	*ret_minor = minor;
	*ret_patch = patch;
	return true;
}
