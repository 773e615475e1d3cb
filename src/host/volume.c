/* SPDX-License-Identifier: Apache-2.0 */
#include "host/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "host/impl.h"

static const struct {
	unsigned long magic;
	const char *name;
} systems[] = {
	{ EXT4_SUPER_MAGIC, "ext4" },   { XFS_SUPER_MAGIC, "xfs" },
	{ BTRFS_SUPER_MAGIC, "btrfs" }, { OVERLAYFS_SUPER_MAGIC, "overlay" },
	{ TMPFS_MAGIC, "tmpfs" },       { NFS_SUPER_MAGIC, "nfs" },
	{ FUSE_SUPER_MAGIC, "fuse" },   { F2FS_SUPER_MAGIC, "f2fs" },
	{ SQUASHFS_MAGIC, "squashfs" }, { MSDOS_SUPER_MAGIC, "vfat" },
	{ 0x2fc12fc1, "zfs" }, /* not the kernel's own */
};

static void name_system(unsigned long magic, char *buf, size_t size)
{
	snprintf(buf, size, "0x%lx", magic);
	for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++)
		if (systems[i].magic == magic)
			snprintf(buf, size, "%s", systems[i].name);
}

/* --- a file, or a folder --------------------------------------------------------------------- */

struct marks {
	bool immutable, append_only;
	char *label;
	size_t size;
};

/* `fd` may be one of O_PATH: bits come by statx, which needs no open file (bits that the file
 * system does not know are not set), and the label by the descriptor's name. */
static int look_marks(int fd, struct marks *marks)
{
	char self[40];
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &st) != 0)
		return -1;
	marks->immutable = (st.stx_attributes & STATX_ATTR_IMMUTABLE) != 0;
	marks->append_only = (st.stx_attributes & STATX_ATTR_APPEND) != 0;
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	ssize_t len = getxattr(self, "security.selinux", marks->label, marks->size - 1);
	marks->label[len > 0 ? len : 0] = '\0';
	return 0;
}

static int look_file(int dir, const char *name, struct ar_volume_state *state)
{
	AR_FD_AUTO int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct marks marks = { .label = state->selinux, .size = sizeof state->selinux };

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (look_marks(fd, &marks) != 0)
		return -1;
	state->immutable = marks.immutable;
	state->append_only = marks.append_only;
	return 0;
}

static int look_folder(int dir, struct ar_volume_state *state)
{
	struct marks marks = { .label = state->folder_selinux,
			       .size = sizeof state->folder_selinux };

	if (look_marks(dir, &marks) != 0)
		return -1;
	state->folder_immutable = marks.immutable;
	state->folder_append_only = marks.append_only;
	state->immutable |= marks.immutable;
	state->append_only |= marks.append_only;
	return 0;
}

/* --- the file system ------------------------------------------------------------------------- */

static int look_system(int dir, struct ar_volume_state *state)
{
	const bool root = geteuid() == 0;
	struct statvfs room;
	struct statfs system;

	if (fstatvfs(dir, &room) != 0 || fstatfs(dir, &system) != 0)
		return -1;
	state->free_bytes = (root ? room.f_bfree : room.f_bavail) * (uint64_t)room.f_frsize;
	if (room.f_blocks == 0)
		state->free_bytes = UINT64_MAX;
	state->free_inodes = root ? room.f_ffree : room.f_favail;
	if (room.f_files == 0)
		state->free_inodes = UINT64_MAX;
	state->read_only = (room.f_flag & ST_RDONLY) != 0;
	name_system((unsigned long)system.f_type & 0xffffffff, state->fs_type,
		    sizeof state->fs_type);
	return 0;
}

/* --- the way there --------------------------------------------------------------------------- */

/* Opens the folder of `path`, or the next one above that is there: then *ret_name is NULL. */
static int open_nearest(const struct ar_host *host, const char *path, const char **ret_name)
{
	char above[PATH_MAX];
	int dir = ar_host_parent(host, path, ret_name);

	if (dir >= 0 || errno != ENOENT || strlen(path) >= sizeof above)
		return dir;
	*ret_name = NULL;
	memcpy(above, path, strlen(path) + 1);
	while (dir < 0 && errno == ENOENT) {
		const char *ignored;
		char *slash = strrchr(above, '/');
		if (!slash)
			break;
		*slash = '\0';
		dir = ar_host_parent(host, slash == above ? "/" : above, &ignored);
	}
	return dir;
}

int ar_volume_look(const struct ar_host *host, const char *path, struct ar_volume_state *ret,
		   struct ar_err *err)
{
	struct ar_volume_state state = { .read_only = false };
	const char *name;
	AR_FD_AUTO int dir = open_nearest(host, path, &name);

	if (dir < 0 || (name && name[0] && look_file(dir, name, &state) != 0) ||
	    look_folder(dir, &state) != 0 || look_system(dir, &state) != 0)
		return ar_host_fail(err, path, "cannot look at its file system");
	*ret = state;
	return 0;
}
