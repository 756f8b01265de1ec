// SPDX-License-Identifier: MIT
/* inspection.h - what every inspect prints: documents as one JSON array, or a template of each.
 *
 * Errors come after what was found, a line each, and make the status 1. What goes out is
 * escaped: names and labels may hold anything (Z85). */
#pragma once

#include "applets/applet.h"
#include "core/fmt/json.h"
#include "core/fmt/template.h"

struct inspection {
	const struct template *t;	/* NULL: JSON */
	json_t *all;			/* owned */
	struct str out, errors;		/* owned */
};
#define INSPECTION_INIT { .out = STR_INIT, .errors = STR_INIT }
#define auto_inspection	__attribute__((cleanup(inspection_release)))

/* format: NULL for JSON. 0, or -code for main.c ("template parsing error: …", status 64). */
NODISCARD int inspection_begin(struct inspection *in, const char *format, struct arena *mem,
			       struct err *e);

/* Add a document; takes it over.
 * names   how the template sees it
 * id      the key Docker's own struct has for "Id": "ID", or NULL for the same */
void inspection_add(struct inspection *in, json_t *doc, const struct template_names *names,
		    const char *id);

/* Say that one could not be had. */
void inspection_error(struct inspection *in, const char *fmt, ...) PRINTF(2, 3);

/* Print all of it. Returns the exit status. */
NODISCARD int inspection_end(struct inspection *in);
void inspection_release(struct inspection *in);
