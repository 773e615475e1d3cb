/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <string.h>

#include "base/pb.h"
#include "crypt/crypt_impl.h"

/* Field numbers: runtime.Unknown and its TypeMeta, an object's ObjectMeta and what it is called. */
enum { UNKNOWN_TYPE = 1, UNKNOWN_RAW = 2, TYPE_KIND = 2 };
enum { OBJECT_META = 1, META_NAME = 1, META_NAMESPACE = 3 };

struct part { /* borrowed from the plaintext */
	const char *at;
	size_t len;
};

struct object {
	struct part kind, namespace, name;
};

static bool part_is(struct part part, const char *word)
{
	return ar_text_is(part.at ? part.at : "", part.len, word ? word : "");
}

static enum ar__look compare(const struct object *object, const struct ar_decrypt_want *want)
{
	bool same = (!want->kind || part_is(object->kind, want->kind)) &&
		    part_is(object->namespace, want->namespace) &&
		    part_is(object->name, want->name);

	return same ? AR__LOOK_SAME : AR__LOOK_OTHER;
}

/* --- protobuf -------------------------------------------------------------------------------- */

static bool take_part(const struct ar_pb_field *field, struct part *ret)
{
	if (field->wire != AR_PB_BYTES)
		return false;
	*ret = (struct part){ (const char *)field->data, field->len };
	return true;
}

/* Each reads one message into the object; false: it is none. Of what stands twice the later holds,
 * as protobuf has it. */
static bool read_meta(struct ar_pb pb, struct object *object)
{
	struct ar_pb_field field;

	while (ar_pb_next(&pb, &field))
		if ((field.number == META_NAME && !take_part(&field, &object->name)) ||
		    (field.number == META_NAMESPACE && !take_part(&field, &object->namespace)))
			return false;
	return !pb.bad;
}

static bool read_raw(struct ar_pb pb, struct object *object)
{
	struct ar_pb_field field;

	while (ar_pb_next(&pb, &field))
		if (field.number == OBJECT_META && !read_meta(ar_pb_in(&field), object))
			return false;
	return !pb.bad;
}

static bool read_type(struct ar_pb pb, struct object *object)
{
	struct ar_pb_field field;

	while (ar_pb_next(&pb, &field))
		if (field.number == TYPE_KIND && !take_part(&field, &object->kind))
			return false;
	return !pb.bad;
}

static bool read_unknown(struct ar_pb pb, struct object *object)
{
	struct ar_pb_field field, raw = { .number = 0 };

	while (ar_pb_next(&pb, &field)) {
		if (field.number == UNKNOWN_TYPE && !read_type(ar_pb_in(&field), object))
			return false;
		if (field.number == UNKNOWN_RAW)
			raw = field;
	}
	return !pb.bad && raw.number && read_raw(ar_pb_in(&raw), object);
}

static int look_at_protobuf(const uint8_t *data, size_t len, const struct ar_decrypt_want *want,
			    enum ar__look *ret, struct ar_err *err)
{
	const size_t magic = 4;
	struct object object = { .kind = { NULL, 0 } };

	(void)err;
	*ret = read_unknown(ar_pb_over(data + magic, len - magic), &object) ? compare(&object, want)
									    : AR__LOOK_NONE;
	return 0;
}

/* --- JSON ------------------------------------------------------------------------------------ */

static struct part json_part(const json_t *map, const char *key)
{
	const json_t *value = json_object_get(map, key);

	return (struct part){ json_string_value(value), json_string_length(value) };
}

/* jansson's copies lie in the heap, which is wiped when it is freed (base/wipe.h). */
static int look_at_json(const uint8_t *data, size_t len, const struct ar_decrypt_want *want,
			enum ar__look *ret, struct ar_err *err)
{
	json_error_t error = { .line = 0 };
	json_t *root = json_loadb((const char *)data, len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL,
				  &error);
	const json_t *meta = json_object_get(root, "metadata");
	struct object object = { .kind = json_part(root, "kind"),
				 .namespace = json_part(meta, "namespace"),
				 .name = json_part(meta, "name") };
	bool memory = !root && json_error_code(&error) == json_error_out_of_memory;

	*ret = root ? compare(&object, want) : AR__LOOK_NONE;
	json_decref(root);
	/* It may quote the text. */
	memset(&error, 0, sizeof error);
	return memory ? ar_err_oom(err) : 0;
}

static int look_at_unread(const uint8_t *data, size_t len, const struct ar_decrypt_want *want,
			  enum ar__look *ret, struct ar_err *err)
{
	(void)data;
	(void)len;
	(void)want;
	(void)err;
	*ret = AR__LOOK_UNREAD;
	return 0;
}

static const struct {
	const char *head;
	size_t len;
	int (*look)(const uint8_t *, size_t, const struct ar_decrypt_want *, enum ar__look *,
		    struct ar_err *);
} forms[] = {
	{ "k8s\0", 4, look_at_protobuf },
	{ "{", 1, look_at_json },
	{ "\xd9\xd9\xf7", 3, look_at_unread }, /* CBOR */
	{ "apiVersion:", 11, look_at_unread }, /* YAML, by --storage-media-type */
};

int ar__look_at(const uint8_t *data, size_t len, const struct ar_decrypt_want *want,
		enum ar__look *ret, struct ar_err *err)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (len >= forms[i].len && memcmp(data, forms[i].head, forms[i].len) == 0)
			return forms[i].look(data, len, want, ret, err);
	*ret = AR__LOOK_NONE;
	return 0;
}
