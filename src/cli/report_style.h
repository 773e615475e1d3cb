/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stdio.h>

/* Colours, for report*.c only. */

#define AR_STYLE_BAD     "\033[1;31m"
#define AR_STYLE_WARNING "\033[33m"
#define AR_STYLE_GOOD    "\033[32m"
#define AR_STYLE_PLACE   "\033[1m"
#define AR_STYLE_OFF     "\033[0m"

/* `text`, made safe, in this style where `colour` says so. */
void ar_print_styled(FILE *out, bool colour, const char *style, const char *text);
