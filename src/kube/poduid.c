/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/poduid.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define UID_LETTERS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-"

bool ar_pod_uid_of_folder(const char *folder, const char *namespace, const char *name,
			  char ret[AR_POD_UID])
{
	char head[600];
	const char *uid = strrchr(folder, '_');
	int len = snprintf(head, sizeof head, "%s_%s-", namespace ? namespace : "default", name);

	ret[0] = '\0';
	if (!uid || len < 0 || (size_t)len >= sizeof head ||
	    strncmp(folder, head, (size_t)len) != 0 || uid <= folder + len)
		return false; /* another pod's, or no node's name between */
	uid++;
	size_t uid_len = strspn(uid, UID_LETTERS);
	if (uid_len == 0 || uid_len >= AR_POD_UID || uid[uid_len])
		return false;
	snprintf(ret, AR_POD_UID, "%s", uid);
	return true;
}

static bool is_end(char c)
{
	return c == '\0' || c == '/' || c == '\n' || c == '.';
}

bool ar_pod_uid_in_cgroup(const char *cgroup, const char *uid)
{
	char plain[AR_POD_UID + 4], scoped[AR_POD_UID + 4];
	const char *forms[] = { plain, scoped };

	if (!uid[0])
		return false;
	snprintf(plain, sizeof plain, "pod%s", uid);
	snprintf(scoped, sizeof scoped, "pod%s", uid);
	for (char *c = scoped; *c; c++)
		if (*c == '-')
			*c = '_';
	for (size_t i = 0; i < 2; i++) {
		size_t len = strlen(forms[i]);
		for (const char *at = cgroup; (at = strstr(at, forms[i])) != NULL; at++)
			if (is_end(at[len]) && at > cgroup && !isalnum((unsigned char)at[-1]))
				return true;
	}
	return false;
}

int ar_pod_log_number(const char *name)
{
	int number = 0;
	const char *c = name;

	for (; isdigit((unsigned char)*c) && number < 1000000; c++)
		number = number * 10 + (*c - '0');
	return c > name && strcmp(c, ".log") == 0 ? number : -1;
}
