/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/scope.h"
#include "host/impl.h"

/*
 * What a new file takes over from the one that it replaces: without the SELinux label a confined
 * kubelet may not read it, without the ACL a monitoring agent.
 */

#define ACL "system.posix_acl_access"

/* The kernel's own seals over the content: they are wrong for any other, and it makes new ones. */
static bool is_seal(const char *name)
{
	return strcmp(name, "security.ima") == 0 || strcmp(name, "security.evm") == 0;
}

/* All names, each with its NUL. None where the file system has no such thing. */
static int list_names(int fd, char **ret, size_t *ret_len)
{
	ssize_t len = flistxattr(fd, NULL, 0);

	*ret = NULL;
	*ret_len = 0;
	if (len <= 0)
		return len == 0 || errno == ENOTSUP ? 0 : -1;
	char *names = malloc((size_t)len);
	if (!names)
		return -1;
	len = flistxattr(fd, names, (size_t)len);
	if (len < 0) {
		free(names);
		return -1;
	}
	*ret = names;
	*ret_len = (size_t)len;
	return 0;
}

/* A value that is there already needs no right to set it: who is not root may keep labels, too. */
static int copy_one(int from, int to, const char *name)
{
	ssize_t len = fgetxattr(from, name, NULL, 0);

	if (len < 0)
		return errno == ENODATA || errno == ENOTSUP ? 0 : -1;
	size_t size = (size_t)len;
	AR_FREE_AUTO char *both = malloc(2 * size + 1);
	if (!both || fgetxattr(from, name, both, size) != len)
		return -1;
	if (fgetxattr(to, name, both + size, size) == len && memcmp(both, both + size, size) == 0)
		return 0;
	return fsetxattr(to, name, both, size, 0);
}

static int copy_xattrs(int from, int to)
{
	AR_FREE_AUTO char *names = NULL;
	size_t len;
	bool acl = false;

	if (list_names(from, &names, &len) != 0)
		return -1;
	for (const char *name = names; name && name < names + len; name += strlen(name) + 1) {
		acl = acl || strcmp(name, ACL) == 0;
		if (!is_seal(name) && copy_one(from, to, name) != 0)
			return -1;
	}
	/* A default ACL of the folder has given the new file one that the old one did not have. */
	if (!acl && fremovexattr(to, ACL) != 0 && errno != ENODATA && errno != ENOTSUP)
		return -1;
	return 0;
}

/* Owner before mode: chown clears set-id bits and capabilities, and the mode is the last word. Who
 * owns the file anyway needs no right to give it away. */
int ar_keep_identity(int from, int to, const struct ar_snapshot *old)
{
	struct stat st;

	if (fstat(to, &st) != 0)
		return -1;
	if ((st.st_uid != old->uid || st.st_gid != old->gid) && fchown(to, old->uid, old->gid) != 0)
		return -1;
	return copy_xattrs(from, to) == 0 ? fchmod(to, old->mode & 07777) : -1;
}
