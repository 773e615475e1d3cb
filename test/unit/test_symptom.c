/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "diag/symptom.h"
#include "diag/symptom_impl.h"

Suite *symptom_suite(void);

#define CRI    "2026-11-24T13:32:44.123456789Z stderr F "
#define KLOG   "E1124 13:32:44.123456       1 run.go:72] "
#define FAILED CRI KLOG "\"command failed\" err=\""
#define ENC                                                                               \
	"error while parsing file: error reading encryption provider configuration file " \
	"\\\"/etc/kubernetes/enc.yaml\\\": "
#define DEC                                                                                \
	"error while parsing file: error decoding encryption provider configuration file " \
	"\\\"/etc/kubernetes/enc.yaml\\\": "
#define FIELD   "error while parsing file: resources[0].providers[0].aescbc.keys[1]"
#define KUBELET "Nov 24 13:32:44 cp1 kubelet[812]: E1124 13:32:44.1 812 x.go:1] "
#define POD     "pod=\"kube-system/kube-apiserver-cp1\" podUID=\"0123456789abcdef0123456789abcdef\""
#define REFLECTOR                                                                            \
	CRI "E1124 13:32:44.1 1 reflector.go:205] \"Failed to watch\" err=\"failed to list " \
	    "*core.Secret: unable to transform key \\\"/registry/secrets/default/a\\\": "

/* Keys that decode to text. */
#define KEY32 "dGhpcyBpcyBubyBrZXkgYnV0IHRoaXJ0eS10d28gY2g="
#define KEY24 "bm8ga2V5OiB0d2VudHktZm91ciBjaGFy"
#define KEY16 "c2l4dGVlbiBjaGFycyBvaw=="

static struct ar_text text_of(const char *data)
{
	return (struct ar_text){ .name = "0.log", .data = data, .len = strlen(data) };
}

static void scan(const char *log, struct ar_findings *findings)
{
	const struct ar_text text = text_of(log);
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_symptom_scan(&text, findings, &err), 0);
}

static const struct {
	const char *line, *cause, *where;
} lines[] = {
	/* the config file */
	{ FAILED ENC "open /etc/kubernetes/enc.yaml: no such file or directory\"",
	  "config-not-seen", NULL },
	{ FAILED "error while parsing file: error opening encryption provider configuration file "
		 "\\\"/e\\\": open /e: permission denied\"",
	  "config-denied", NULL },
	{ FAILED ENC "read /etc/kubernetes/enc.yaml: is a directory\"", "config-is-folder", NULL },
	{ FAILED
	  "error while parsing file: encryption provider configuration file \\\"/e\\\" is empty\"",
	  "config-empty", NULL },
	{ FAILED DEC "error converting YAML to JSON: yaml: line 9: did not find expected key\"",
	  "config-syntax", "line 9" },
	{ FAILED DEC
	  "strict decoding error: unknown field \\\"resources[0].providers[0].aescb\\\"\"",
	  "field-unknown", "resources[0].providers[0].aescb" },
	{ FAILED DEC "strict decoding error: unknown field \\\"resources[0].a\\\", unknown field "
		     "\\\"resources[1].b\\\"\"",
	  "field-unknown", "resources[0].a" },
	{ FAILED DEC "strict decoding error: yaml: line 8: key \\\"name\\\" already set in map\"",
	  "field-twice", "line 8" },
	{ FAILED DEC "json: cannot unmarshal number into Go struct field "
		     "Key.resources.providers.aescbc.keys.name of type string\"",
	  "config-type", NULL },
	{ FAILED DEC "no kind \\\"EncryptionConfigurations\\\" is registered\"", "config-kind",
	  NULL },
	{ FAILED FIELD ".secret: Invalid value: \\\"REDACTED\\\": secrets must be base64 encoded\"",
	  "key-base64", "resources[0].providers[0].aescbc.keys[1].secret" },
	{ FAILED
	  "error while parsing file: [resources[0].providers[0].aescbc.keys[0].name: Required "
	  "value: name is a mandatory field for a key, resources[0].x: Required value: y]\"",
	  "key-name-missing", "resources[0].providers[0].aescbc.keys[0].name" },
	{ FAILED FIELD ".secret: Invalid value: \\\"REDACTED\\\": secret is not of the expected "
		       "length, got 31, expected one of [16 24 32]\"",
	  "key-length", "resources[0].providers[0].aescbc.keys[1].secret" },
	{ FAILED "error while building transformers: could not obtain secret for named key key1: "
		 "illegal base64 data at input byte 4\"",
	  "key-base64", NULL },
	{ FAILED "error while parsing file: resources[0].providers[2]: Invalid value: {}: provider "
		 "does not contain any of the expected providers: KMS, AESGCM\"",
	  "provider-none", "resources[0].providers[2]" },
	{ FAILED
	  "error while building transformers: resource \\\"pods\\\" is masked by earlier rule "
	  "\\\"*.\\\"\"",
	  "resource-masked", NULL },
	{ FAILED "error while building transformers: KMSv1 is deprecated and will only receive "
		 "security updates going forward. Use KMSv2 instead.  Set "
		 "--feature-gates=KMSv1=true to use the deprecated KMSv1 feature.\"",
	  "kms-v1-off", NULL },
	{ FAILED "error while building transformers: something new\"", "config-rejected", NULL },
	{ CRI "E1124 13:32:44.1 1 controller.go:182] \"Unhandled Error\" err=\"error processing "
	      "encryption config file /e: " FIELD ".secret: Required value: secret is a mandatory "
	      "field for a key\"",
	  "reload-rejected", "resources[0].providers[0].aescbc.keys[1].secret" },
	/* how it is started */
	{ CRI "Error: unknown flag: --encryption-provider-confg", "flag-unknown", NULL },
	{ CRI "Error: invalid argument \"KMSv9=true\" for \"--feature-gates\" flag: unrecognized "
	      "feature gate: KMSv9",
	  "flag-value", NULL },
	{ CRI "Error: invalid argument \"x\" for \"--secure-port\" flag: strconv.ParseInt",
	  "flag-value", NULL },
	{ FAILED "--encryption-provider-config-automatic-reload must be set with "
		 "--encryption-provider-config\"",
	  "reload-needs-config", NULL },
	{ FAILED "failed to create listener: failed to listen on 0.0.0.0:6443: listen tcp "
		 "0.0.0.0:6443: bind: address already in use\"",
	  "port-taken", NULL },
	{ FAILED "open /etc/kubernetes/pki/apiserver.crt: no such file or directory\"",
	  "certificate-missing", NULL },
	{ FAILED "tls: private key does not match public key\"", "certificate-invalid", NULL },
	{ FAILED "context deadline exceeded\"", "etcd-unreachable", NULL },
	{ CRI "W1124 13:32:44.1 1 logging.go:55] grpc: addrConn.createTransport failed to connect "
	      "to {Addr: \"127.0.0.1:2379\"}. Err: connection error: dial tcp 127.0.0.1:2379: "
	      "connect: connection refused",
	  "etcd-unreachable", NULL },
	{ CRI "err=\"rpc error: etcdserver: mvcc: database space exceeded\"", "etcd-full", NULL },
	/* values */
	{ REFLECTOR "no matching prefix found\"", "value-no-provider", NULL },
	{ REFLECTOR "identity transformer tried to read encrypted data\"", "value-encrypted",
	  NULL },
	{ REFLECTOR "no matching key was found for the provided AES transformer\"", "value-no-key",
	  NULL },
	{ REFLECTOR "invalid padding on input\"", "value-wrong-key", NULL },
	{ REFLECTOR "cipher: message authentication failed\"", "value-wrong-key", NULL },
	{ REFLECTOR "failed to decrypt DEK, error: x\"", "kms-unreachable", NULL },
	/* the kubelet */
	{ KUBELET "\"Could not process manifest file\" err=\"/etc/kubernetes/manifests/"
		  "kube-apiserver.yaml: couldn't parse as pod(yaml: line 12: did not find expected "
		  "key), please check config file\" path=\"/x\"",
	  "kubelet-refused", "line 12" },
	{ KUBELET "\"Unable to process watch event\" err=\"can't process config file "
		  "\\\"/etc/kubernetes/manifests/kube-apiserver.yaml\\\": invalid pod: x\"",
	  "kubelet-refused", NULL },
	{ KUBELET "nestedpendingoperations.go:348] err=\"MountVolume.SetUp failed for volume "
		  "\\\"encryption-config\\\" pod \\\"kube-apiserver-cp1\\\" : hostPath type check "
		  "failed: /etc/kubernetes/enc.yaml is not a file\"",
	  "hostpath-check", NULL },
	{ KUBELET "\"Error syncing pod\" err=\"failed to \\\"StartContainer\\\" for "
		  "\\\"kube-apiserver\\\" with ErrImagePull: \\\"x\\\"\" " POD,
	  "image-missing", NULL },
	{ KUBELET "with CreateContainerError: \\\"x\\\"\" " POD, "container-create", NULL },
	{ KUBELET "with CrashLoopBackOff: \\\"back-off 10s restarting failed "
		  "container=kube-apiserver\\\"\" " POD,
	  "crash-loop", NULL },
	{ KUBELET "containerMessage=\"Container kube-apiserver failed liveness probe, will be "
		  "restarted\" " POD,
	  "probe-failed", NULL },
	/* nothing that matters */
	{ KUBELET "with ErrImagePull: \\\"x\\\"\" pod=\"default/web\"", NULL, NULL },
	{ CRI "I1124 13:32:44.1 1 secure_serving.go:211] Serving securely on [::]:6443", NULL,
	  NULL },
	{ CRI "E1124 13:32:44.1 1 authentication.go:75] \"Unable to authenticate the request\" "
	      "err=\"x509: certificate has expired\"",
	  NULL, NULL },
	{ "", NULL, NULL },
	{ "\n\n", NULL, NULL },
};

START_TEST(a_line_tells_its_cause)
{
	AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;
	char log[2000];

	snprintf(log, sizeof log, CRI "I1124 first line\n%s\n" CRI "I1124 last line\n",
		 lines[_i].line);
	scan(log, &findings);
	if (!lines[_i].cause) {
		ck_assert_uint_eq(findings.count, 0);
		return;
	}
	ck_assert_uint_eq(findings.count, 1);
	const struct ar_finding *finding = &findings.list[0];
	ck_assert_str_eq(finding->cause->id, lines[_i].cause);
	ck_assert_pstr_eq(finding->where, lines[_i].where);
	ck_assert_str_eq(finding->subject, "0.log");
	ck_assert_uint_eq(finding->line, 2);
	ck_assert_uint_lt(strlen(finding->what), 300);
	ck_assert_ptr_null(strstr(finding->what, "2026-11-24T")); /* what stood in front */
	ck_assert_ptr_null(strstr(finding->what, "E1124"));
}
END_TEST

START_TEST(every_symptom_has_a_cause_in_the_table)
{
	size_t count = 0;

	for (; ar__symptoms[count].fragment; count++)
		ck_assert_msg(ar_cause_find(ar__symptoms[count].cause) != NULL, "%s",
			      ar__symptoms[count].cause);
	ck_assert_uint_gt(count, 90);
}
END_TEST

START_TEST(the_latest_line_counts_and_a_cause_is_told_once)
{
	AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;

	scan("Error: unknown flag: --a\nx: no matching prefix found\nError: unknown flag: --b\n",
	     &findings);
	ck_assert_uint_eq(findings.count, 2);
	ck_assert_str_eq(findings.list[0].what, "Error: unknown flag: --b");
	ck_assert_uint_eq(findings.list[0].line, 3);
	ck_assert_str_eq(findings.list[1].cause->id, "value-no-provider");
	scan("Error: unknown flag: --c\nx: invalid padding on input", &findings);
	ck_assert_uint_eq(findings.count, 3); /* --c is the same cause, in another log */
	ck_assert_str_eq(findings.list[2].cause->id, "value-wrong-key");
}
END_TEST

START_TEST(what_kept_it_from_starting_is_over_once_it_serves)
{
	AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;

	scan("dial tcp 127.0.0.1:2379: connect: connection refused\nno matching prefix found\n"
	     "Serving securely on [::]:6443\n",
	     &findings);
	ck_assert_uint_eq(findings.count, 1);
	ck_assert_str_eq(findings.list[0].cause->id, "value-no-provider");
	scan("Serving securely on [::]:6443\ndial tcp 127.0.0.1:2379: connect: connection refused",
	     &findings);
	ck_assert_uint_eq(findings.count, 2);
	ck_assert_str_eq(findings.list[1].cause->id, "etcd-unreachable");
}
END_TEST

START_TEST(a_server_says_that_it_listens)
{
	const struct ar_text yes = text_of(CRI "I1124 13:32:44.1 1 secure_serving.go:211] Serving "
					       "securely on [::]:6443\n");
	const struct ar_text no = text_of(CRI "serving\n"), empty = { .name = "x" };

	ck_assert(ar_symptom_listening(&yes));
	ck_assert(!ar_symptom_listening(&no));
	ck_assert(!ar_symptom_listening(&empty));
}
END_TEST

/* --- law 7 ----------------------------------------------------------------------------------- */

static const struct {
	const char *line, *shown;
} secrets[] = {
	{ "value " KEY32 " end", "value [hidden] end" },
	{ "value " KEY24 " end", "value [hidden] end" },
	{ "value " KEY16 " end", "value [hidden] end" },
	{ "--flag=" KEY32, "--flag=[hidden]" },
	{ "named key " KEY32 ": illegal base64", "named key [hidden]: illegal base64" },
	{ "Invalid value: {\"AESCBC\":{\"Keys\":[{\"Name\":\"a\",\"Secret\":\"P4ss\"}]}}: more",
	  "Invalid value: {\"AESCBC\":{\"Keys\":[{\"Name\":\"a\",\"Secret\":\"[hidden]\"}]}}: "
	  "more" },
	{ "{\\\"secret\\\":\\\"short\\\",\\\"name\\\":\\\"b\\\"}",
	  "{\\\"secret\\\":\\\"[hidden]\\\",\\\"name\\\":\\\"b\\\"}" },
	{ "Key{Name:\"a\", Secret:\"x y\"}", "Key{Name:\"a\", Secret:\"[hidden]\"}" },
	{ "cannot unmarshal !!str `abcdefg...` into", "cannot unmarshal !!str `[hidden]` into" },
	{ "id 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "id [hidden]" },
	{ "Bearer eyJhbGciOiJub25lIn0.eyJub3QiOiJhIHRva2VuIn0.x1", "Bearer [hidden].[hidden].x1" },
	{ "    - {name: a, secret: P4ss, x: 1}", "    - {name: a, secret: [hidden], x: 1}" },
	{ "Object 'Kind' is missing in '{\"x\": 1}', a", "Object 'Kind' is missing in '[hidden]" },
	{ CRI "\t      secret: P4ss", "[hidden]" },
	{ "a\n" CRI "\tsecret: P4ss\n >", "a secret: [hidden] >" },
	/* what is none stays */
	{ "keys[0].secret: Invalid value: \"REDACTED\": secrets must be base64 encoded",
	  "keys[0].secret: Invalid value: \"REDACTED\": secrets must be base64 encoded" },
	{ "unable to list secret: no matching prefix found",
	  "unable to list secret: no matching prefix found" },
	{ "open /etc/kubernetes/encryption-2026/enc1.yaml: no such file",
	  "open /etc/kubernetes/encryption-2026/enc1.yaml: no such file" },
	{ "--encryption-provider-config= CreateContainerConfigError ImagePullBackOff "
	  "EncryptionConfiguration CrashLoopBackOff RunContainerError",
	  "--encryption-provider-config= CreateContainerConfigError ImagePullBackOff "
	  "EncryptionConfiguration CrashLoopBackOff RunContainerError" },
	{ "k8s:enc:aescbc:v1:key-2026-11-24t133244z: kube-system/kube-apiserver-cp1.example.com",
	  "k8s:enc:aescbc:v1:key-2026-11-24t133244z: kube-system/kube-apiserver-cp1.example.com" },
	{ "<%!p(pickfirstleaf.managedByPickfirstKeyType={})>",
	  "<%!p(pickfirstleaf.managedByPickfirstKeyType={})>" },
	/* what stands in front goes */
	{ FAILED "why\"", "why\"" },
	{ CRI KLOG "text", "text" },
	{ KUBELET "text", "text" },
	{ "{\"log\":\"E1124 13:32:44.1 1 a.go:1] text\\n\"}", "text\\n\"}" },
	{ "2026-11-24T13:32:44.1Z stdout P half", "half" },
	{ "E1124 13:32:44", "E1124 13:32:44" },
	{ "", "" },
};

START_TEST(nothing_that_looks_like_a_key_is_shown)
{
	char shown[400];

	ar__symptom_show(secrets[_i].line, strlen(secrets[_i].line), shown, sizeof shown);
	ck_assert_str_eq(shown, secrets[_i].shown);
}
END_TEST

/* Keys of every length that upstream takes, and cut ones: made here, the same in each run. */
static const struct {
	size_t bytes, characters; /* of it, and of its base64 that are shown */
	unsigned may_slip;        /* of 10,000: those that look like words */
} made[] = {
	{ 16, 24, 0 }, { 24, 32, 30 }, { 32, 44, 0 }, { 32, 43, 5 }, { 16, 22, 250 },
};

START_TEST(random_keys_are_hidden)
{
	uint64_t seed = 1;
	unsigned slipped = 0;

	for (int round = 0; round < 10000; round++) {
		uint8_t key[32];
		char text[AR_BASE64_LEN(sizeof key) + 1], shown[100];
		for (size_t i = 0; i < made[_i].bytes; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			key[i] = (uint8_t)(seed >> 56);
		}
		ar_base64_encode(key, made[_i].bytes, text);
		ar__symptom_show(text, made[_i].characters, shown, sizeof shown);
		slipped += strcmp(shown, "[hidden]") != 0;
	}
	ck_assert_uint_le(slipped, made[_i].may_slip);
}
END_TEST

START_TEST(a_cut_line_shows_no_part_of_a_key)
{
	char shown[400];

	for (size_t size = 8; size < 120; size++) {
		const char *line = "some text before it " KEY32 " and after";
		ar__symptom_show(line, strlen(line), shown, size);
		ck_assert_uint_lt(strlen(shown), size);
		ck_assert_ptr_null(strstr(shown, "dG"));
	}
	/* NULs, bytes that are no text, and an end in the middle of everything */
	static const char odd[] = "E1124 13:32:44\0secret\"\0:\"`\xff\xfe=\0+";
	for (size_t len = 0; len <= sizeof odd; len++)
		ar__symptom_show(odd, len, shown, sizeof shown);
}
END_TEST

#define SEVERAL                                                            \
	CRI "E1124 13:32:44.1 1 run.go:72] \"command failed\" err=<\n" CRI \
	    "\terror while parsing "                                       \
	    "file: error decoding encryption provider configuration file \"/e\": "

START_TEST(a_message_of_several_lines_is_one)
{
	AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;
	static const char kind[] = SEVERAL "Object 'Kind' is missing in 'resources:\n" CRI
					   "\t- secret: P4ss\n" CRI "\t'\n" CRI " >\n",
			  twice[] = CRI "one\n" SEVERAL "strict decoding error: yaml: unmarshal "
					"errors:\n" CRI
					"\t  line 6: key \"name\" already set in map\n" CRI
					" >\n" CRI "two\n";
	char buf[400];

	scan(kind, &findings);
	scan(twice, &findings);
	ck_assert_uint_eq(findings.count, 2);
	ck_assert_str_eq(findings.list[0].cause->id, "config-kind");
	ck_assert_str_eq(
		findings.list[0].what,
		"error while parsing file: error decoding "
		"encryption provider configuration file \"/e\": Object 'Kind' is missing in "
		"'[hidden]");
	ck_assert_str_eq(findings.list[1].cause->id, "field-twice");
	ck_assert_str_eq(findings.list[1].where, "line 6");
	ck_assert_uint_eq(findings.list[1].line, 2);
	const struct ar_text log = text_of(kind), cut = text_of(strchr(kind, '\n') + 1);
	ar_symptom_tail(&log, buf, sizeof buf);
	ck_assert_str_eq(buf, findings.list[0].what);
	ar_symptom_tail(&cut, buf, sizeof buf); /* its first line is not here */
	ck_assert_str_eq(buf, "[hidden]\n[hidden]\n[hidden]\n >");
}
END_TEST

START_TEST(the_end_of_a_log_is_shown_without_keys)
{
	const struct ar_text log = text_of(CRI "one\n\n" CRI "two " KEY32 "\n" CRI
					       "\033[2Jthree\n");
	const struct ar_text open = text_of("one\ntwo"), empty = { .name = "x" };
	char buf[200];

	ar_symptom_tail(&log, buf, sizeof buf);
	ck_assert_str_eq(buf, "one\ntwo [hidden]\n\\x1b[2Jthree");
	ar_symptom_tail(&log, buf, 29);
	ck_assert_str_eq(buf, "two [hidden]\n\\x1b[2Jthree");
	ar_symptom_tail(&log, buf, 5);
	ck_assert_str_eq(buf, "");
	ar_symptom_tail(&open, buf, sizeof buf);
	ck_assert_str_eq(buf, "one\ntwo");
	ar_symptom_tail(&empty, buf, sizeof buf);
	ck_assert_str_eq(buf, "");
}
END_TEST

/* A key that stands where a field's name should be ends the path that is told: law 7. */
START_TEST(a_path_ends_before_what_may_be_a_key)
{
	static const char line[] =
		"error while parsing file: resources[0].providers[0].aescbc.keys[0]."
		"pV3kOzHPm1Yq7Xo0sT9uWc2L: Invalid value: must be base64 encoded\n";
	const struct ar_text log = { .name = "log", .data = line, .len = sizeof line - 1 };
	AR_FINDINGS_AUTO struct ar_findings found = AR_FINDINGS_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_symptom_scan(&log, &found, &err), 0);
	ck_assert_uint_gt(found.count, 0);
	ck_assert_str_eq(found.list[0].where, "resources[0].providers[0].aescbc.keys[0]");
}
END_TEST

Suite *symptom_suite(void)
{
	Suite *suite = suite_create("symptom");
	TCase *tcase = tcase_create("symptom");

	tcase_add_loop_test(tcase, a_line_tells_its_cause, 0, sizeof lines / sizeof *lines);
	tcase_add_test(tcase, every_symptom_has_a_cause_in_the_table);
	tcase_add_test(tcase, the_latest_line_counts_and_a_cause_is_told_once);
	tcase_add_test(tcase, what_kept_it_from_starting_is_over_once_it_serves);
	tcase_add_test(tcase, a_server_says_that_it_listens);
	tcase_add_loop_test(tcase, nothing_that_looks_like_a_key_is_shown, 0,
			    sizeof secrets / sizeof *secrets);
	tcase_add_loop_test(tcase, random_keys_are_hidden, 0, sizeof made / sizeof *made);
	tcase_add_test(tcase, a_cut_line_shows_no_part_of_a_key);
	tcase_add_test(tcase, a_message_of_several_lines_is_one);
	tcase_add_test(tcase, the_end_of_a_log_is_shown_without_keys);
	TCase *path = tcase_create("path");
	tcase_add_test(path, a_path_ends_before_what_may_be_a_key);
	suite_add_tcase(suite, path);
	suite_add_tcase(suite, tcase);
	return suite;
}
