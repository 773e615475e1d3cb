/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "api/members.h"

Suite *members_suite(void);

/* Objects as short as they can be. */
#define NODE(name, ip)                                                                      \
	"{\"metadata\":{\"name\":\"" name "\"},\"status\":{\"addresses\":[{\"type\":"       \
	"\"InternalIP\",\"address\":\"" ip "\"},{\"type\":\"Hostname\",\"address\":\"" name \
	"\"}]}}"
#define LEASE(id, host)                                                             \
	"{\"metadata\":{\"name\":\"apiserver-" id "\",\"labels\":{\"kubernetes.io/" \
	"hostname\":\"" host "\"}}}"
#define SLICE(...)  "{\"endpoints\":[" __VA_ARGS__ "]}"
#define AT(address) "{\"addresses\":[\"" address "\"]}"
#define LIST(items) "{\"items\":[" items "]}"

static void add(struct ar_members *members, unsigned source, const char *text)
{
	struct ar_err err = AR_ERR_INIT;
	json_auto_t *list = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	ck_assert_msg(list, "%s", text);
	ck_assert_int_eq(ar_members_add(members, source, list, &err), 0);
}

/* "host@address:sources", comma-separated. */
static const char *shown(const struct ar_members *members)
{
	static char out[1024];

	out[0] = '\0';
	for (size_t i = 0; i < members->count; i++) {
		const struct ar_member *member = &members->list[i];
		snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s@%s:%s%s%s",
			 i ? "," : "", member->host, member->address,
			 member->sources & AR_MEMBER_NODE ? "N" : "",
			 member->sources & AR_MEMBER_LEASE ? "L" : "",
			 member->sources & AR_MEMBER_ENDPOINT ? "E" : "");
	}
	return out;
}

static const struct {
	const char *nodes, *leases, *endpoints, *wanted;
} clusters[] = {
	/* One node of kubeadm's, and three. */
	{ LIST(NODE("cp1", "10.0.0.1")), LIST(LEASE("a", "cp1")), LIST(SLICE(AT("10.0.0.1"))),
	  "cp1@10.0.0.1:NLE" },
	{ LIST(NODE("cp2", "10.0.0.2") "," NODE("cp1", "10.0.0.1") "," NODE("cp3", "10.0.0.3")),
	  LIST(LEASE("a", "cp1") "," LEASE("b", "cp2") "," LEASE("c", "cp3")),
	  LIST(SLICE(AT("10.0.0.1") "," AT("10.0.0.2") "," AT("10.0.0.3"))),
	  "cp1@10.0.0.1:NLE,cp2@10.0.0.2:NLE,cp3@10.0.0.3:NLE" },
	/* A restart left an older Lease behind. */
	{ LIST(NODE("cp1", "10.0.0.1")), LIST(LEASE("a", "cp1") "," LEASE("b", "cp1")),
	  LIST(SLICE(AT("10.0.0.1"))), "cp1@10.0.0.1:NLE" },
	/* Off for a week: its Node stays. */
	{ LIST(NODE("cp1", "10.0.0.1") "," NODE("cp2", "10.0.0.2")), LIST(LEASE("a", "cp1")),
	  LIST(SLICE(AT("10.0.0.1"))), "cp1@10.0.0.1:NLE,cp2@10.0.0.2:N" },
	/* Off for minutes, and never a Node: its Lease stays. */
	{ LIST(NODE("cp1", "10.0.0.1")), LIST(LEASE("b", "cp0") "," LEASE("a", "cp1")),
	  LIST(SLICE(AT("10.0.0.1"))), "cp0@:L,cp1@10.0.0.1:NLE" },
	/* The host's own name is longer than the Node's, or shorter. */
	{ LIST(NODE("cp1", "10.0.0.1")), LIST(LEASE("a", "cp1.example.com")),
	  LIST(SLICE(AT("10.0.0.1"))), "cp1@10.0.0.1:NLE" },
	{ LIST(NODE("cp1.example.com", "10.0.0.1")), LIST(LEASE("a", "cp1")),
	  LIST(SLICE(AT("10.0.0.1"))), "cp1.example.com@10.0.0.1:NLE" },
	{ LIST(NODE("cp1", "10.0.0.1") "," NODE("cp2", "10.0.0.2")),
	  LIST(LEASE("a", "cp2.example.com")), LIST(SLICE(AT("10.0.0.2"))),
	  "cp1@10.0.0.1:N,cp2@10.0.0.2:NLE" },
	{ LIST(NODE("cp1.a", "10.0.0.1")), LIST(LEASE("a", "cp1.a") "," LEASE("b", "cp1.b")),
	  LIST(SLICE(AT("10.0.0.1"))), "cp1.a@10.0.0.1:NLE,cp1.b@:L" },
	/* The Node is called otherwise altogether. */
	{ LIST(NODE("10.0.0.1", "10.0.0.1")), LIST(LEASE("a", "master")),
	  LIST(SLICE(AT("10.0.0.1"))), "10.0.0.1@10.0.0.1:NLE" },
	/* It listens on an address that its Node does not have. */
	{ LIST(NODE("cp1", "10.0.0.1")), LIST(LEASE("a", "cp1")), LIST(SLICE(AT("192.168.0.1"))),
	  "cp1@192.168.0.1:NLE" },
	{ LIST(NODE("cp0", "10.0.0.2") "," NODE("cp1", "10.0.0.1")), LIST(LEASE("a", "cp1")),
	  LIST(SLICE(AT("192.168.0.1"))), "cp0@10.0.0.2:N,cp1@192.168.0.1:NLE" },
	/* Two listen, one of them unknown otherwise. */
	{ LIST(NODE("cp1", "10.0.0.1")), LIST(LEASE("a", "cp1")),
	  LIST(SLICE(AT("10.0.0.9") "," AT("10.0.0.1"))), "@10.0.0.9:E,cp1@10.0.0.1:NLE" },
	/* An address that is the beginning of another. */
	{ LIST(NODE("cp1", "10.0.0.1") "," NODE("cp2", "10.0.0.10")), LIST(LEASE("a", "cp2")),
	  LIST(SLICE(AT("10.0.0.10"))), "cp1@10.0.0.1:N,cp2@10.0.0.10:NLE" },
	/* No Nodes: hosted elsewhere. */
	{ LIST(""), LIST(LEASE("a", "x")), LIST(SLICE(AT("10.0.0.1"))), "x@10.0.0.1:LE" },
	/* Before 1.26 and 1.21: no Leases, and Endpoints. */
	{ LIST(NODE("cp1", "10.0.0.1")), LIST(""),
	  "{\"subsets\":[{\"addresses\":[{\"ip\":\"10.0.0.1\"},{\"ip\":\"10.0.0.2\"}]}]}",
	  "@10.0.0.2:E,cp1@10.0.0.1:NE" },
	/* A Lease without a host's name stands for itself. */
	{ LIST(""), LIST("{\"metadata\":{\"name\":\"kube-apiserver-x\"}}"), LIST(""),
	  "kube-apiserver-x@:L" },
	/* Nothing that makes sense. */
	{ "[]", "{\"items\":{}}", "{\"items\":[1,null,{\"endpoints\":[{}]}]}", "" },
};

START_TEST(servers_are_counted_once)
{
	AR_MEMBERS_AUTO struct ar_members members = AR_MEMBERS_INIT;

	add(&members, AR_MEMBER_NODE, clusters[_i].nodes);
	add(&members, AR_MEMBER_LEASE, clusters[_i].leases);
	add(&members, AR_MEMBER_ENDPOINT, clusters[_i].endpoints);
	ck_assert_str_eq(shown(&members), clusters[_i].wanted);
	ck_assert_uint_eq(members.asked, AR_MEMBER_ALL);
}
END_TEST

START_TEST(what_is_known_of_one_is_kept)
{
	AR_MEMBERS_AUTO struct ar_members members = AR_MEMBERS_INIT;

	add(&members, AR_MEMBER_NODE, LIST(NODE("cp1", "10.0.0.1")));
	add(&members, AR_MEMBER_LEASE, LIST(LEASE("a", "master")));
	add(&members, AR_MEMBER_ENDPOINT, LIST(SLICE(AT("192.168.0.1"))));
	ck_assert_str_eq(members.list[0].known_as, "cp1 10.0.0.1 master 192.168.0.1");
}
END_TEST

Suite *members_suite(void)
{
	Suite *suite = suite_create("members");
	TCase *tests = tcase_create("members");

	tcase_add_loop_test(tests, servers_are_counted_once, 0, sizeof clusters / sizeof *clusters);
	tcase_add_test(tests, what_is_known_of_one_is_kept);
	suite_add_tcase(suite, tests);
	return suite;
}
