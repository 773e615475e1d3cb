/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/*
 * One error, as a value on the caller's stack.
 *
 * It allocates nothing, so it works when memory is out, and needs no release. The first
 * error wins: a second `set` on an error that is already set changes nothing, so that the
 * cause survives the clean-up. Inner code states the fact and the place; callers add the
 * remedy or context; only the command prints.
 *
 * Wording: lower case, no full stop, the subject in 'single quotes', never a value from a
 * key-bearing document.
 */

/* What the caller of the program has to do next. The values are the exit codes
 * (docs/exit-codes.md). */
enum ar_class {
	AR_DONE = 0,          /* as wanted */
	AR_FAILED = 1,        /* failed, nothing changed */
	AR_USAGE = 2,         /* the command line is wrong */
	AR_NOT_AS_WANTED = 3, /* changes pending, drift, invalid, not all encrypted */
	AR_RESUMABLE = 4,     /* stopped midway and safe: the same command goes on */
	AR_LOOK = 5,          /* state unknown: look, and where */
	AR_PUT_BACK = 6,      /* changed, failed, and put back */
	AR_OTHER_NODE = 7,    /* done here; another node must act */
};

struct ar_err {
	enum ar_class class; /* AR_DONE while unset; AR_FAILED by default once set */
	int sys;             /* errno at the failing call, 0 if none */
	char path[256];      /* file or other subject, may be empty */
	size_t line, column; /* 1-based place in it (columns count characters), 0 if none */
	char msg[512];       /* what is wrong; empty means no error */
	char hint[512];      /* what to do, may be empty */
	char source[200];    /* the source line, empty where it must not be shown (law 7) */
	size_t caret;        /* 0-based display column in `source` */
};

#define AR_ERR_INIT              \
	{                        \
		.class = AR_DONE \
	}

/* Is `err` set? */
bool ar_err_is_set(const struct ar_err *err);

/* States a fact without a place. Always returns -1. */
int ar_err_set(struct ar_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* States a fact at byte `offset` of `text`: fills path, line, column and (unless text->secret)
 * the source line. Always returns -1. */
int ar_err_at(struct ar_err *err, const struct ar_text *text, size_t offset, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* States that a system call on `path` failed; appends strerror(errno). Call it directly
 * after the call that failed. Always returns -1. */
int ar_err_sys(struct ar_err *err, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* States that memory is out (sys is ENOMEM: that is how a caller tells it from bad input). Always
 * returns -1. */
int ar_err_oom(struct ar_err *err);

/* Adds the remedy, where none is given yet. Always returns -1. */
int ar_err_hint(struct ar_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prepends "context: " to the message. Always returns -1. */
int ar_err_wrap(struct ar_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Changes the class of an error that is set. Always returns -1. */
int ar_err_class(struct ar_err *err, enum ar_class class);
