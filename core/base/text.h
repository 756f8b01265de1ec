// SPDX-License-Identifier: MIT
/* text.h - text on its way to a reader: quoting, escaping, widths, tables.
 *
 * What is given may be hostile (names, commands and labels come from images and peers):
 * any bytes, valid UTF-8 or not. text_safe is what stands between such text and a
 * terminal: after it there is no control byte, no C1 control, no bidirectional control. */
#pragma once

#include "core/base/str.h"

/* Decode one UTF-8 character of at most `len` bytes (len > 0) into *rune.
 * Returns how many bytes it took; 1 with *rune = -1 where the bytes are not UTF-8. */
size_t text_rune(const char *s, size_t len, int32_t *rune);

/* Append one character as UTF-8. */
void text_put_rune(struct str *out, int32_t rune);

/* Append text in double quotes as Go's %q writes it. */
void text_quote(struct str *out, const char *s, size_t len);

/* Append text with everything a terminal could obey written as \x1b, \u202e, \n…
 * Newlines and tabs are escaped too. */
void text_safe(struct str *out, const char *s, size_t len);

/* The same, but newlines and tabs are kept: for messages and documents of several lines. */
void text_safe_lines(struct str *out, const char *s, size_t len);

/* Append at most `width` columns of s; what is longer ends in an ellipsis. */
void text_ellipsis(struct str *out, const char *s, int width);

/* Append lines whose cells end in tabs, with the columns aligned: a column is as wide as
 * its widest cell and three blanks, ten at least. Text after the last tab of a line is
 * not part of a column. Characters count one column each. */
void text_columns(struct str *out, const char *s, size_t len);
