/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers as Go reads and writes them. */

struct ar__number {
	enum { AR__INT, AR__UINT, AR__FLOAT } kind; /* UINT: beyond int64 */
	bool negative;
	uint64_t size; /* of an integer, without its sign */
	double real;
};

/* Room for any number, with its NUL. */
#define AR__NUMBER_TEXT 352

/* go-yaml's untagged numbers: 010, 0x1F, 0o10, 0b11, 1_000, +1, .5, 1e3 (.inf and .nan are no
 * business of this function). */
bool ar__number_read(const char *text, size_t len, struct ar__number *ret);
/* JSON's number grammar; integers within int64 are AR__INT. */
bool ar__number_read_json(const char *text, size_t len, struct ar__number *ret);
/* As encoding/json writes it. */
void ar__number_write(const struct ar__number *number, char ret[AR__NUMBER_TEXT]);
/* As sigs.k8s.io/yaml makes it a key: a float in single precision. */
void ar__number_write_key(const struct ar__number *number, char *out, size_t size);
