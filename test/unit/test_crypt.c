/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/secret.h"
#include "crypt/decrypt.h"
#include "encconf_help.h"

Suite *crypt_suite(void);

/* "0123456789abcdef0123456789abcdef" and its beginnings: keys that nobody takes for real ones. */
#define SECRET_32 "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define SECRET_24 "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
#define SECRET_16 "MDEyMzQ1Njc4OWFiY2RlZg=="
#define OTHER_32  "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
#define KEY_BYTES "0123456789abcdef0123456789abcdef"
#define ETCD_KEY  "/registry/secrets/default/a"
#define CONF(provider, name, secret)                                        \
	HEAD "resources:\n- resources: [secrets]\n  providers: [{" provider \
	     ": {keys: [{name: \"" name "\", secret: " secret "}]}}]\n"

/* Made by k8s.io/apiserver 0.34 (test/oracle, stored) for ETCD_KEY and the keys above, named key1:
 * the Secret default/a with `k: planted`. */
#define AESCBC_32                                                              \
	"6b38733a656e633a6165736362633a76313a6b6579313a0714af0a6b5a407fffa36d" \
	"7710bdda6b9d659e8df521b110cdd24d994e6d716ca7c033710d243fda7e97b8e4fc" \
	"ef994f1480a15a23970cb2162930e0d0fe98576d693c4756e6b86024c6552ce867c1" \
	"d6"
#define AESGCM_32                                                              \
	"6b38733a656e633a61657367636d3a76313a6b6579313a6ba7f6cb020b1e976de5a3" \
	"7807a49de93fb14eb0b1d3d4faa963888edd8d517ca17f4c8614b7af37ae3c4e7707" \
	"e7ddffabb566198bda3a651deb7652177f739af6c2f2817503e76447006f164dccf3" \
	"8820646486"
#define SECRETBOX                                                              \
	"6b38733a656e633a736563726574626f783a76313a6b6579313a5ba45f2190db0c1e" \
	"533714b107d66a2064ad976cd792d1ddc76d06ada79cf66fb9751b71cb5b1074efa3" \
	"f4dfdc074440a2dc453de4f004e49a3336c52964c99a2485f70fbd0398f83ce1aee7" \
	"2f40a34149c0f401332e2ac247a985e872810c7d"
#define AESCBC_16                                                              \
	"6b38733a656e633a6165736362633a76313a6b6579313a66348d1866fa7503c5bc43" \
	"3e32bf1bffbda71c8582d47a3b5b5cb33db4d3bad25801b02f270c4d8c1e5c17b9e7" \
	"6e2bc16f0ba122a5a377cd9da2cd96df80d5ec091603694f724b9b0763feadc08485" \
	"ef"
#define AESGCM_24                                                           \
	"6b38733a656e633a61657367636d3a76313a6b6579313ade0dc4a99bea4410860" \
	"0a650269f7de2e9fc8bc0583eec7963d12534957923b082d3040c0e8387f729d9" \
	"cba29a3d5206ecb9ccbc11891c44dec406026c6ba52966151dbaa3cadabc687d7" \
	"91b741cb559fa4d5680"
#define KMS_2                                                                  \
	"6b38733a656e633a6b6d733a76323a7661756c743a0a74ebf3f5391323c9c75f0037" \
	"53d9fc1ef06b597c025adc98a9cb810f458a06f46a7294522ec9be3af52094778f79" \
	"16306092ef1c198d02b31fe1e7e7406e36205149aa7b2c8efe2bf7d1424082165daa" \
	"9659355bcc47085d8dbeddc5e6c1f7ae0857d44877bf835c2b53b5be75d3e6bcdb6d" \
	"a763c1120b69642d6f662d7661756c741a20dd3cd57ccd037b43f017192a4b21a039" \
	"ea8ecfef867f8799e5f251ca2a39b83a22160a116c6f63616c2e6578616d706c652e" \
	"636f6d1201312801"
#define PROTOBUF                                                               \
	"6b3873000a0c0a027631120653656372657412240a0c0a01611a0764656661756c74" \
	"120c0a016b1207706c616e7465641a064f7061717565"

static const struct ar_decrypt_want secret_a = { "Secret", "default", "a" };

/* --- what the tests are made of -------------------------------------------------------------- */

struct bytes {
	uint8_t at[600];
	size_t len;
};

static struct bytes hex(const char *text)
{
	struct bytes bytes = { .len = strlen(text) / 2 };

	ck_assert_uint_le(bytes.len, sizeof bytes.at);
	for (size_t i = 0; i < bytes.len; i++) {
		char pair[3] = { text[2 * i], text[2 * i + 1], '\0' };
		bytes.at[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return bytes;
}

static struct bytes of(const char *text)
{
	struct bytes bytes = { .len = strlen(text) };

	memcpy(bytes.at, text, bytes.len);
	return bytes;
}

static struct ar_keyring *ring_for(const char *config, const struct ar_resource *resource)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	struct ar_keyring *keyring = NULL;
	struct ar_err err = AR_ERR_INIT;
	struct ar_text text = encconf_text(config);

	ck_assert_int_eq(ar_encconf_read(&text, -1, &problems, &tree, &conf, &err), 0);
	ck_assert_int_eq(ar_keyring_open(conf, resource, &keyring, &err), 0);
	return keyring;
}

static enum ar_decrypted check_at(const char *config, const char *etcd_key,
				  const struct bytes *value, const struct ar_decrypt_want *want)
{
	AR_KEYRING_AUTO struct ar_keyring *keyring = ring_for(config, NULL);
	/* As many bytes as there are: a step too far is seen. */
	uint8_t *exact = malloc(value->len ? value->len : 1);
	enum ar_decrypted result = AR_DECRYPTED_RESULTS;
	struct ar_err err = AR_ERR_INIT;

	memcpy(exact, value->at, value->len);
	struct ar_stored stored = ar_stored_read(exact, value->len, NULL, 0);
	ck_assert_int_eq(ar_decrypt_check(keyring,
					  &(struct ar_decrypt_value){ etcd_key, strlen(etcd_key),
								      exact, value->len, &stored },
					  want, &result, &err),
			 0);
	free(exact);
	return result;
}

static enum ar_decrypted check(const char *config, const struct bytes *value)
{
	return check_at(config, ETCD_KEY, value, &secret_a);
}

/* What upstream writes with aescbc and this key: for plaintexts that no server has. */
static struct bytes seal_cbc(const struct bytes *plain, size_t padding)
{
	struct bytes value = of("k8s:enc:aescbc:v1:key1:"), padded = *plain;
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
	int len = 0;

	memset(padded.at + padded.len, (int)padding, padding);
	padded.len += padding;
	memset(value.at + value.len, 'i', 16);
	value.len += 16;
	EVP_EncryptInit_ex(aes, EVP_aes_256_cbc(), NULL, (const uint8_t *)KEY_BYTES,
			   value.at + value.len - 16);
	EVP_CIPHER_CTX_set_padding(aes, 0);
	EVP_EncryptUpdate(aes, value.at + value.len, &len, padded.at, (int)padded.len);
	value.len += (size_t)len;
	EVP_CIPHER_CTX_free(aes);
	return value;
}

static struct bytes seal(const struct bytes *plain)
{
	return seal_cbc(plain, 16 - plain->len % 16);
}

/* --- tests ----------------------------------------------------------------------------------- */

static const struct vector {
	const char *config, *value;
	const char *wrong; /* the same with another key */
} vectors[] = {
	{ CONF("aescbc", "key1", SECRET_32), AESCBC_32, CONF("aescbc", "key1", OTHER_32) },
	{ CONF("aesgcm", "key1", SECRET_32), AESGCM_32, CONF("aesgcm", "key1", OTHER_32) },
	{ CONF("secretbox", "key1", SECRET_32), SECRETBOX, CONF("secretbox", "key1", OTHER_32) },
	{ CONF("aescbc", "key1", SECRET_16), AESCBC_16, CONF("aescbc", "key1", SECRET_24) },
	{ CONF("aesgcm", "key1", SECRET_24), AESGCM_24, CONF("aesgcm", "key1", SECRET_32) },
};

#define VECTORS ((int)(sizeof vectors / sizeof *vectors))

START_TEST(upstream_s_values_open)
{
	const struct vector *vector = &vectors[_i];
	struct bytes value = hex(vector->value);

	ck_assert_int_eq(check(vector->config, &value), AR_DECRYPTED_OK);
	ck_assert_int_eq(check(vector->wrong, &value), AR_DECRYPTED_WRONG);
	ck_assert_int_eq(check(CONF("aescbc", "key2", SECRET_32), &value), AR_DECRYPTED_NO_KEY);
	ck_assert_int_eq(check(HEAD "resources:\n- resources: [secrets]\n  providers: "
				    "[{identity: {}}]\n",
			       &value),
			 AR_DECRYPTED_NO_KEY);
}
END_TEST

START_TEST(another_object_is_seen)
{
	const struct vector *vector = &vectors[_i];
	struct bytes value = hex(vector->value);
	static const struct ar_decrypt_want others[] = {
		{ "ConfigMap", "default", "a" }, { "Secret", "default", "b" },
		{ "Secret", "other", "a" },      { "Secret", "", "a" },
		{ "Secret", NULL, "a" },         { "Secret", "default", "" },
	};
	const struct ar_decrypt_want any = { NULL, "default", "a" };

	ck_assert_int_eq(check_at(vector->config, ETCD_KEY, &value, &any), AR_DECRYPTED_OK);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		ck_assert_int_eq(check_at(vector->config, ETCD_KEY, &value, &others[i]),
				 AR_DECRYPTED_OTHER);
}
END_TEST

START_TEST(aesgcm_is_bound_to_its_place)
{
	struct bytes value = hex(AESGCM_32), box = hex(SECRETBOX);
	const char *config = vectors[1].config;

	ck_assert_int_eq(check_at(config, "/registry/secrets/default/b", &value, &secret_a),
			 AR_DECRYPTED_WRONG);
	ck_assert_int_eq(check_at(config, "/other/secrets/default/a", &value, &secret_a),
			 AR_DECRYPTED_WRONG);
	ck_assert_int_eq(check_at(config, "", &value, &secret_a), AR_DECRYPTED_WRONG);
	/* secretbox is not. */
	ck_assert_int_eq(check_at(vectors[2].config, "/x", &box, &secret_a), AR_DECRYPTED_OK);
}
END_TEST

START_TEST(every_flipped_bit_is_seen_where_the_provider_vouches)
{
	const struct vector *vector = &vectors[_i];
	AR_KEYRING_AUTO struct ar_keyring *keyring = ring_for(vector->config, NULL);
	struct bytes good = hex(vector->value);
	bool cbc = strstr(vector->config, "aescbc") != NULL;

	for (size_t bit = 0; bit < good.len * 8; bit++) {
		struct bytes value = good;
		enum ar_decrypted result;
		struct ar_err err = AR_ERR_INIT;
		value.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		struct ar_stored stored = ar_stored_read(value.at, value.len, NULL, 0);
		ck_assert_int_eq(ar_decrypt_check(keyring,
						  &(struct ar_decrypt_value){
							  ETCD_KEY, strlen(ETCD_KEY), value.at,
							  value.len, &stored },
						  &secret_a, &result, &err),
				 0);
		/* What aescbc hides from everybody: a flip within the Secret's data. */
		ck_assert_msg(result != AR_DECRYPTED_OK || cbc, "bit %zu", bit);
		ck_assert_int_ne(result, AR_DECRYPTED_PLAIN);
	}
}
END_TEST

START_TEST(every_shorter_value_is_seen)
{
	const struct vector *vector = &vectors[_i];
	struct bytes value = hex(vector->value);
	size_t head = ar_stored_read(value.at, value.len, NULL, 0).prefix_len;

	while (value.len-- > head) {
		enum ar_decrypted result = check(vector->config, &value);
		ck_assert_msg(result == AR_DECRYPTED_WRONG, "%zu: %d", value.len, (int)result);
	}
}
END_TEST

START_TEST(aescbc_s_padding_is_upstream_s)
{
	const char *config = vectors[0].config;
	struct bytes plain = hex(PROTOBUF); /* 56 bytes */
	size_t fits = 16 - plain.len % 16;
	struct bytes value = seal_cbc(&plain, fits);

	ck_assert_int_eq(check(config, &value), AR_DECRYPTED_OK);
	/* More than one block of padding passes, if all of it is right. */
	value = seal_cbc(&plain, fits + 32);
	ck_assert_int_eq(check(config, &value), AR_DECRYPTED_OK);
	/* None, too much, and not all the same. */
	struct bytes odd = { .len = 15 };
	memset(odd.at, '{', odd.len);
	odd.at[odd.len++] = 0;
	value = seal_cbc(&odd, 0);
	ck_assert_int_eq(check(config, &value), AR_DECRYPTED_WRONG);
	odd.at[15] = 17;
	value = seal_cbc(&odd, 0);
	ck_assert_int_eq(check(config, &value), AR_DECRYPTED_WRONG);
	/* What stands before it would be the object. */
	odd = hex(PROTOBUF "2204787878780302");
	ck_assert_uint_eq(odd.len, 64);
	value = seal_cbc(&odd, 0);
	ck_assert_int_eq(check(config, &value), AR_DECRYPTED_WRONG);
	odd.at[62] = 2;
	value = seal_cbc(&odd, 0);
	ck_assert_int_eq(check(config, &value), AR_DECRYPTED_OK);
	/* Only padding: no object. */
	odd.len = 0;
	value = seal_cbc(&odd, 16);
	ck_assert_int_eq(check(config, &value), AR_DECRYPTED_WRONG);
}
END_TEST

START_TEST(garbage_is_the_wrong_key_s)
{
	struct bytes garbage = of("\x9c\x02garbage as a wrong key makes it, once in 256 times");
	struct bytes value = seal(&garbage);

	ck_assert_int_eq(check(vectors[0].config, &value), AR_DECRYPTED_WRONG);
	/* The magic, and then no message. */
	garbage = hex("6b387300ffffffff");
	value = seal(&garbage);
	ck_assert_int_eq(check(vectors[0].config, &value), AR_DECRYPTED_WRONG);
}
END_TEST

START_TEST(other_forms_of_an_object)
{
	static const struct {
		const char *text;
		enum ar_decrypted result;
	} rows[] = {
		{ "{\"kind\":\"Secret\",\"metadata\":{\"namespace\":\"default\",\"name\":\"a\"}}\n",
		  AR_DECRYPTED_OK },
		{ "{\"kind\":\"Secret\",\"metadata\":{\"namespace\":\"default\",\"name\":\"a\"},"
		  "\"x\":[1e3,123456789012345678901234567890,-0,\"\\u0000\"]}",
		  AR_DECRYPTED_OK },
		{ "{\"kind\":\"Secret\",\"metadata\":{\"name\":\"a\"}}", AR_DECRYPTED_OTHER },
		{ "{\"kind\":\"Widget\",\"metadata\":{\"namespace\":\"default\",\"name\":\"a\"}}",
		  AR_DECRYPTED_OTHER },
		{ "{\"kind\":\"Secret\",\"metadata\":{\"namespace\":\"default\",\"name\":"
		  "\"a\\u0000b\"}}",
		  AR_DECRYPTED_OTHER },
		{ "{\"kind\":1,\"metadata\":[]}", AR_DECRYPTED_OTHER },
		{ "{}", AR_DECRYPTED_OTHER },
		{ "{\"kind\":\"Secret\"", AR_DECRYPTED_WRONG },
		{ "{\"kind\":\"Secret\"} x", AR_DECRYPTED_WRONG },
		{ "\xd9\xd9\xf7\xa1", AR_DECRYPTED_UNKNOWN },
		{ "apiVersion: v1\nkind: Secret\n", AR_DECRYPTED_UNKNOWN },
		{ "k8s:enc:aescbc:v1:key1:twice", AR_DECRYPTED_WRONG },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bytes plain = of(rows[i].text), value = seal(&plain);
		enum ar_decrypted result = check(vectors[0].config, &value);
		ck_assert_msg(result == rows[i].result, "%s: %d", rows[i].text, (int)result);
	}
}
END_TEST

START_TEST(a_protobuf_is_read_as_protobuf_is)
{
	static const struct {
		const char *plain; /* hex */
		enum ar_decrypted result;
	} rows[] = {
		{ PROTOBUF, AR_DECRYPTED_OK },
		/* contentEncoding and contentType behind it */
		{ PROTOBUF "1a002200", AR_DECRYPTED_OK },
		{ PROTOBUF "1a0500", AR_DECRYPTED_WRONG },
		/* of two the later holds */
		{ PROTOBUF "12120a100a01621a0b64656661756c742d746f6f", AR_DECRYPTED_OTHER },
		{ PROTOBUF "0a051203506164", AR_DECRYPTED_OTHER },
		/* no raw; no type; wrong wire types; a name that is a number */
		{ "6b3873000a0c0a0276311206536563726574", AR_DECRYPTED_WRONG },
		{ "6b38730012100a0e0a01611a0764656661756c74", AR_DECRYPTED_WRONG },
		{ "6b387300120e0a0c0a01611a0764656661756c74", AR_DECRYPTED_OTHER },
		{ "6b3873000801", AR_DECRYPTED_WRONG },
		{ "6b3873001001", AR_DECRYPTED_WRONG },
		{ "6b38730012040a020801", AR_DECRYPTED_WRONG },
		{ "6b38730012020801", AR_DECRYPTED_WRONG },
		{ "6b387300", AR_DECRYPTED_WRONG },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bytes plain = hex(rows[i].plain), value = seal(&plain);
		enum ar_decrypted result = check(vectors[0].config, &value);
		ck_assert_msg(result == rows[i].result, "%s: %d", rows[i].plain, (int)result);
	}
}
END_TEST

START_TEST(what_is_plain_gets_the_same_look)
{
	struct bytes value = hex(PROTOBUF), odd = of("{\"kind\":"), cbor = of("\xd9\xd9\xf7\xa0");
	const struct ar_decrypt_want other = { "Secret", "default", "b" };
	const char *config = vectors[0].config;

	ck_assert_int_eq(check(config, &value), AR_DECRYPTED_PLAIN);
	ck_assert_int_eq(check_at(config, ETCD_KEY, &value, &other), AR_DECRYPTED_OTHER);
	ck_assert_int_eq(check(config, &odd), AR_DECRYPTED_OTHER);
	ck_assert_int_eq(check(config, &cbor), AR_DECRYPTED_UNKNOWN);
}
END_TEST

START_TEST(what_is_not_ours_is_said)
{
	struct bytes kms = hex(KMS_2), kms1 = of("k8s:enc:kms:v1:k:xx"), empty = of("");
	struct bytes foreign = of("k8s:enc:other:v1:k:xx"), unknown = of("?");
	const char *config = vectors[0].config;
	struct ar_stored stored = ar_stored_read(kms.at, kms.len, NULL, 0);

	ck_assert(ar_text_is(stored.key_id, stored.key_id_len, "id-of-vault"));
	ck_assert_int_eq(check(config, &kms), AR_DECRYPTED_KMS);
	ck_assert_int_eq(check(config, &kms1), AR_DECRYPTED_KMS);
	ck_assert_int_eq(check(config, &empty), AR_DECRYPTED_UNKNOWN);
	ck_assert_int_eq(check(config, &foreign), AR_DECRYPTED_UNKNOWN);
	ck_assert_int_eq(check(config, &unknown), AR_DECRYPTED_UNKNOWN);
}
END_TEST

#define TWO(first, second)                                                         \
	HEAD "resources:\n- resources: [secrets]\n  providers: [{aescbc: {keys: [" \
	     "{name: key1, secret: " first "}]}}]\n- resources: [configmaps]\n"    \
	     "  providers: [{aescbc: {keys: [{name: key1, secret: " second "}]}}]\n"

START_TEST(keys_of_one_name_are_tried_in_order)
{
	struct bytes cbc = hex(AESCBC_32), gcm = hex(AESGCM_32);

	ck_assert_int_eq(check(TWO(OTHER_32, SECRET_32), &cbc), AR_DECRYPTED_OK);
	ck_assert_int_eq(check(HEAD "resources:\n- resources: [secrets]\n  providers: [{aesgcm: "
				    "{keys: [{name: key1, secret: " OTHER_32
				    "}, {name: key1, secret: " SECRET_32 "}]}}]\n",
			       &gcm),
			 AR_DECRYPTED_OK);
}
END_TEST

START_TEST(a_name_that_another_begins_with_is_tried)
{
	/* Named "key1" it is: what looks like the longer one's name is the nonce's beginning. */
	struct bytes value = hex(AESGCM_32);
	struct ar_stored_name names[] = { { AR_STORED_AESGCM, "key1:x" } };
	AR_KEYRING_AUTO struct ar_keyring *keyring = ring_for(vectors[1].config, NULL);
	struct ar_stored stored = ar_stored_read(value.at, value.len, names, 1);
	enum ar_decrypted result;
	struct ar_err err = AR_ERR_INIT;

	stored.name_len += 2; /* as it would be taken, had the nonce begun with "x:" */
	stored.prefix_len += 2;
	ck_assert_int_eq(ar_decrypt_check(keyring,
					  &(struct ar_decrypt_value){ ETCD_KEY, strlen(ETCD_KEY),
								      value.at, value.len,
								      &stored },
					  &secret_a, &result, &err),
			 0);
	ck_assert_int_eq(result, AR_DECRYPTED_OK);
}
END_TEST

static enum ar_decrypted check_for(const char *config, const struct ar_resource *resource)
{
	AR_KEYRING_AUTO struct ar_keyring *keyring = ring_for(config, resource);
	struct bytes value = hex(AESCBC_32);
	struct ar_stored stored = ar_stored_read(value.at, value.len, NULL, 0);
	enum ar_decrypted result;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_decrypt_check(keyring,
					  &(struct ar_decrypt_value){ ETCD_KEY, strlen(ETCD_KEY),
								      value.at, value.len,
								      &stored },
					  &secret_a, &result, &err),
			 0);
	return result;
}

START_TEST(only_the_resource_s_own_keys_count)
{
	const struct ar_resource secrets = { .resource = "secrets" },
				 configmaps = { .resource = "configmaps" },
				 pods = { .resource = "pods" };

	ck_assert_int_eq(check_for(TWO(OTHER_32, SECRET_32), &secrets), AR_DECRYPTED_WRONG);
	ck_assert_int_eq(check_for(TWO(OTHER_32, SECRET_32), &configmaps), AR_DECRYPTED_OK);
	ck_assert_int_eq(check_for(TWO(OTHER_32, SECRET_32), &pods), AR_DECRYPTED_NO_KEY);
}
END_TEST

START_TEST(keys_that_no_server_takes_are_none)
{
	static const char *const configs[] = {
		CONF("aescbc", "key1", "AAAA"),
		CONF("aescbc", "key1", "'no base64'"),
		CONF("aescbc", "key1", "null"),
		CONF("aescbc", "", SECRET_32),
		CONF("secretbox", "key1", SECRET_16),
		HEAD "resources:\n- resources: [secrets]\n  providers: [{aescbc: {keys: []}}]\n",
		HEAD
		"resources:\n- resources: [secrets]\n  providers: [{aescbc: {keys: [null]}}]\n",
	};
	struct bytes cbc = hex(AESCBC_32), box = hex(SECRETBOX);

	for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
		ck_assert_int_eq(check(configs[i], &cbc), AR_DECRYPTED_NO_KEY);
		ck_assert_int_eq(check(configs[i], &box), AR_DECRYPTED_NO_KEY);
	}
}
END_TEST

START_TEST(a_key_may_be_written_in_lines)
{
	struct bytes value = hex(AESCBC_32);

	ck_assert_int_eq(check(CONF("aescbc", "key1",
				    "\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0\\n"
				    "NTY3ODlhYmNkZWY=\\r\\n\""),
			       &value),
			 AR_DECRYPTED_OK);
}
END_TEST

START_TEST(every_result_has_a_word)
{
	for (int i = 0; i < AR_DECRYPTED_RESULTS; i++)
		ck_assert_uint_gt(strlen(ar_decrypted_word((enum ar_decrypted)i)), 10);
	ar_keyring_close(NULL);
}
END_TEST

Suite *crypt_suite(void)
{
	Suite *suite = suite_create("crypt");
	TCase *tests = tcase_create("crypt");

	tcase_add_loop_test(tests, upstream_s_values_open, 0, VECTORS);
	tcase_add_loop_test(tests, another_object_is_seen, 0, VECTORS);
	tcase_add_test(tests, aesgcm_is_bound_to_its_place);
	tcase_add_loop_test(tests, every_flipped_bit_is_seen_where_the_provider_vouches, 0,
			    VECTORS);
	tcase_add_loop_test(tests, every_shorter_value_is_seen, 0, VECTORS);
	tcase_add_test(tests, aescbc_s_padding_is_upstream_s);
	tcase_add_test(tests, garbage_is_the_wrong_key_s);
	tcase_add_test(tests, other_forms_of_an_object);
	tcase_add_test(tests, a_protobuf_is_read_as_protobuf_is);
	tcase_add_test(tests, what_is_plain_gets_the_same_look);
	tcase_add_test(tests, what_is_not_ours_is_said);
	tcase_add_test(tests, keys_of_one_name_are_tried_in_order);
	tcase_add_test(tests, a_name_that_another_begins_with_is_tried);
	tcase_add_test(tests, only_the_resource_s_own_keys_count);
	tcase_add_test(tests, keys_that_no_server_takes_are_none);
	tcase_add_test(tests, a_key_may_be_written_in_lines);
	tcase_add_test(tests, every_result_has_a_word);
	suite_add_tcase(suite, tests);
	return suite;
}
