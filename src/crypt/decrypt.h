/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "kube/encconf.h"
#include "kube/storage.h"
#include "kube/stored.h"

/*
 * Decrypts a stored value with a config's keys, to prove that it can be read, and looks whether
 * what comes out is the object that its key in etcd names. aescbc, aesgcm and secretbox; not kms.
 *
 * As upstream does it (apiserver, storage/value/encrypt): keys are tried by name; aesgcm binds the
 * value to its key in etcd; aescbc has no integrity, so a wrong key passes its padding now and
 * then, and only the look at the object tells (kubernetes-encryption: garbage, once in 256).
 *
 * Keys and plaintext are in guarded memory, and wiped.
 */

struct ar_keyring;

/* Takes the local keys that the API server tries for this resource (kube/entries.h): the key of
 * another resource's entry cannot read it, though it may have the same name. `resource` NULL: those
 * of all. Copied: the config can be released. */
int ar_keyring_open(const struct ar_encconf *conf, const struct ar_resource *resource,
		    struct ar_keyring **ret, struct ar_err *err);
/* Wipes them. Accepts NULL. */
void ar_keyring_close(struct ar_keyring *keyring);
static inline void ar_keyring_close_ptr(struct ar_keyring **keyring)
{
	ar_keyring_close(*keyring);
}
#define AR_KEYRING_AUTO __attribute__((cleanup(ar_keyring_close_ptr)))

enum ar_decrypted {
	AR_DECRYPTED_OK,      /* and it is the object that the key names */
	AR_DECRYPTED_PLAIN,   /* it was not encrypted; the same look was taken */
	AR_DECRYPTED_NO_KEY,  /* no key of that provider and name is in the config */
	AR_DECRYPTED_WRONG,   /* the key is there, and is not the one it was written with; or it is
			       * damaged. With aescbc also: the padding is right, no object comes */
	AR_DECRYPTED_OTHER,   /* it opens, and is another object than its key says; or none, and the
			       * provider vouches for what it opens, or it is plain */
	AR_DECRYPTED_KMS,     /* only the kms plugin can */
	AR_DECRYPTED_UNKNOWN, /* a form that is not known here, or (CBOR, YAML) not read here */
	AR_DECRYPTED_RESULTS
};

/* Which object must come out. */
struct ar_decrypt_want {
	const char *kind;      /* "Secret"; NULL: any */
	const char *namespace; /* "" or NULL: cluster-wide */
	const char *name;
};

/* The value, as etcd has it. All borrowed. */
struct ar_decrypt_value {
	const char *etcd_key; /* its whole key, which aesgcm authenticates */
	size_t etcd_key_len;
	const void *data;
	size_t len;
	const struct ar_stored *stored; /* what ar_stored_read told of the same bytes */
};

/* Opens one value. Never an error but for memory (and an OpenSSL without AES): what is wrong with
 * the value is the result. Keys are tried as the API server tries them: the first that opens the
 * value decides, even where it opens it to garbage. */
int ar_decrypt_check(struct ar_keyring *keyring, const struct ar_decrypt_value *value,
		     const struct ar_decrypt_want *want, enum ar_decrypted *ret,
		     struct ar_err *err);
/* "it can be read", "its key is not the one it was written with, or it is damaged" and so on: what
 * a result means. */
const char *ar_decrypted_word(enum ar_decrypted result);
