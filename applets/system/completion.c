// SPDX-License-Identifier: MIT
/* completion.c - completion: what a shell's Tab key offers.
 *
 * `coracle completion bash` prints a script to source (zsh and fish: the same); each time Tab
 * is pressed it asks `coracle completion bash WORD...`, which prints what the last word could
 * become: commands, the flags of their tables, and names of containers, images, volumes and
 * networks where the usage says so. Nothing printed: the shell offers files.
 *
 *   bash    source <(coracle completion bash)
 *   zsh     source <(coracle completion zsh)
 *   fish    coracle completion fish | source
 *
 * config COMPLETION
 *	bool "completion: what a shell's Tab key offers"
 *	default y
 *	help
 *	  Completion for bash, zsh and fish, from the tables of options.
 */
#include <stdio.h>

#include "applets/rows.h"
#include "applets/session.h"
#include "core/fmt/reference.h"
#include "core/store/image.h"
#include "core/store/network.h"
#include "core/store/volume.h"

static const char bash_script[] =
	"_%1$s_completion() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} words=(\"${COMP_WORDS[@]}\") cword=$COMP_CWORD "
	"IFS=$'\\n'\n"
	"\tdeclare -F _get_comp_words_by_ref > /dev/null &&\n"
	"\t\t_get_comp_words_by_ref -n : cur words cword\n"
	"\tCOMPREPLY=($(%1$s completion bash \"${words[@]:1:cword}\" 2> /dev/null))\n"
	"\t[[ ${COMPREPLY-} == *: ]] && compopt -o nospace 2> /dev/null\n"
	"\tdeclare -F __ltrim_colon_completions > /dev/null && "
	"__ltrim_colon_completions \"$cur\"\n"
	"}\n"
	"complete -o default -F _%1$s_completion %1$s\n";

static const char zsh_script[] =
	"#compdef %1$s\n"
	"_%1$s_completion() {\n"
	"\tlocal -a found\n"
	"\tfound=(${(f)\"$(%1$s completion zsh \"${(@)words[2,CURRENT]}\" 2> /dev/null)\"})\n"
	"\tif (( $#found )); then _describe '%1$s' found; else _files; fi\n"
	"}\n"
	"compdef _%1$s_completion %1$s\n";

static const char fish_script[] =
	"function __%1$s_words\n"
	"\t%1$s completion fish (commandline -opc)[2..-1] (commandline -ct) 2> /dev/null\n"
	"end\n"
	"complete -c %1$s -f -n 'count (__%1$s_words) > /dev/null' -a '(__%1$s_words)'\n";

enum shell { BASH, ZSH, FISH };

/* What is offered for one word. */
struct offer {
	const struct ctx *ctx;
	enum shell shell;
	const char *word;	/* it begins so */
	const char *group;	/* rows of this management command; NULL: the first word */
	struct strv seen;
};

static void offer(struct offer *o, const char *text, const char *brief)
{
	if (strncmp(text, o->word, strlen(o->word)) != 0 || strv_has(&o->seen, text))
		return;
	strv_add(&o->seen, strv_dup(text, strlen(text), o->ctx->mem), o->ctx->mem);
	for (const char *p = text; *p; p++) {
		if (o->shell == ZSH && (*p == ':' || *p == '\\'))
			putchar('\\');
		putchar(*p);
	}
	if (o->shell != BASH && *brief)
		printf("%c%s", o->shell == ZSH ? ':' : '\t', brief);
	putchar('\n');
}

/* --- commands and flags --------------------------------------------------------------------- */

static bool offer_row(const struct applet *a, const struct cmd *c, void *arg)
{
	struct offer *o = arg;
	const char *group = rows_group(a, c);

	if (o->group) {
		if (group && strcmp(group, o->group) == 0)
			offer(o, rows_name(c), c->brief);
		return false;
	}
	if (!rows_is_group(a) && c->name)
		offer(o, c->name, c->brief);
	if (group)
		offer(o, group, rows_brief(group));
	return false;
}

static void offer_flags(struct offer *o, const struct opt *table)
{
	struct opt_walk w = { table, NULL };
	const struct opt *row;

	while (table && (row = opt_next(&w)) != NULL) {
		auto_str struct str b = STR_INIT;

		if (!row->help || !row->name)
			continue;
		if (row->ch && o->word[0] == '-' && o->word[1] != '-') {
			str_addf(&b, "-%c", row->ch);
			offer(o, b.s, row->help);
			str_reset(&b);
		}
		str_addf(&b, "--%s", row->name);
		offer(o, b.s, row->help);
	}
	offer(o, "--help", "Print usage");
}

/* The row of a flag as typed ("--name", "-it"), whose value is the next word; else NULL. */
static const struct opt *wants_value(const struct opt *table, const char *word)
{
	struct opt_walk w = { table, NULL };
	size_t n = strlen(word);
	const struct opt *row;

	if (n < 2 || word[0] != '-' || strchr(word, '='))
		return NULL;
	while (table && (row = opt_next(&w)) != NULL) {
		bool is = word[1] == '-' ? row->name && strcmp(word + 2, row->name) == 0
					 : row->ch && row->ch == word[n - 1];

		if (is)
			return row->type == OPT_T_FLAG || row->type == OPT_T_TRI ||
			       row->type == OPT_T_HELP || row->type == OPT_T_IGNORED ? NULL : row;
	}
	return NULL;
}

/* --- names ------------------------------------------------------------------------------------ */

static void offer_containers(struct offer *o, struct session *s, const char *end)
{
	struct strv ids;

	if (container_list(&s->store, &ids, o->ctx->mem, NULL) < 0)
		return;
	for (size_t i = 0; i < ids.n; i++) {
		auto_str struct str b = STR_INIT;
		struct container_state st;

		if (container_state_load(&s->store, ids.v[i], &st, o->ctx->mem, NULL) < 0 ||
		    !st.name || !*st.name)
			continue;
		str_addf(&b, "%s%s", st.name, end);
		offer(o, b.s, container_status_text(st.status));
	}
}

static void offer_images(struct offer *o, struct session *s)
{
	struct image_info *list;
	size_t n;

	if (image_list(&s->store, &list, &n, o->ctx->mem, NULL) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < list[i].names.n; k++) {
			if (!strchr(list[i].names.v[k], '@'))
				offer(o, reference_familiar_name(list[i].names.v[k]), "image");
		}
	}
}

static void offer_volumes(struct offer *o, struct session *s)
{
	struct strv names;

	if (volume_list(&s->store, &names, o->ctx->mem, NULL) < 0)
		return;
	for (size_t i = 0; i < names.n; i++)
		offer(o, names.v[i], "volume");
}

static void offer_networks(struct offer *o, struct session *s)
{
	struct network *all;
	int n = network_list(&s->store, &all, o->ctx->mem, NULL);

	for (int i = 0; i < n; i++)
		offer(o, all[i].name, "network");
}

/* What the usage calls the operand at hand: "CONTAINER [CONTAINER...]", "SRC IMAGE". */
static void offer_names(struct offer *o, const struct cmd *c, int operand)
{
	auto_session struct session s = SESSION_INIT;
	bool container = strstr(c->args, "CONTAINER") != NULL;
	bool many = strstr(c->args, "...") != NULL;

	if ((c->max != ARGS_ANY && operand >= c->max) || session_open(o->ctx, &s, NULL) < 0)
		return;
	if (strstr(c->args, "CONTAINER:"))
		offer_containers(o, &s, ":");
	else if (container && (operand == 0 || (many && !c->front)))
		offer_containers(o, &s, "");
	if (strstr(c->args, "IMAGE") && !container && (operand == 0 || !c->front))
		offer_images(o, &s);
	if (strstr(c->args, "VOLUME") && !container)
		offer_volumes(o, &s);
	if (strstr(c->args, "NETWORK") && (operand == 0 || many))
		offer_networks(o, &s);
}

/* --- words -------------------------------------------------------------------------------- */

/* Step over flags and their values: to the first operand, or the word at hand. */
static int skip_flags(const struct opt *table, int n, const char **v, int at)
{
	while (at < n - 1 && v[at][0] == '-')
		at += wants_value(table, v[at]) ? 2 : 1;
	return at;
}

/* v[at..n-1] follow the command; v[n-1] is the word at hand. */
static void offer_command(struct offer *o, const struct cmd *c, int n, const char **v, int at)
{
	int operands = 0;

	while ((at = skip_flags(c->opts, n, v, at)) < n - 1) {
		if (c->front)
			return; /* what follows is somebody else's */
		operands++;
		at++;
	}
	if (at > n - 1)
		return; /* the value of a flag */
	if (v[n - 1][0] == '-')
		offer_flags(o, c->opts);
	else
		offer_names(o, c, operands);
}

static void offer_word(struct offer *o, int n, const char **v)
{
	int at = skip_flags(rows_global, n, v, 0);
	const struct cmd *c;

	if (at > n - 1)
		return;
	if (at == n - 1) {
		if (v[at][0] == '-')
			offer_flags(o, rows_global);
		else
			rows_each(offer_row, o);
		return;
	}
	c = rows_find(v[at]);
	if (!c && rows_find_in(v[at], NULL)) {
		o->group = v[at++];
		if (at == n - 1) {
			rows_each(offer_row, o);
			return;
		}
		c = rows_find_in(o->group, v[at]);
	}
	if (c)
		offer_command(o, c, n, v, at + 1);
}

static int completion_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	static const char *const names[] = { "bash", "zsh", "fish" };
	static const char *const scripts[] = { bash_script, zsh_script, fish_script };
	struct offer o = { .ctx = ctx };
	int at = cmd_parse(ctx, argc, argv, NULL, e);

	if (at < 0)
		return at;
	while (o.shell < countof(names) && strcmp(argv[at], names[o.shell]) != 0)
		o.shell++;
	if (o.shell == countof(names))
		return cli_fail(e, "no completion for '%s': bash, zsh and fish are known",
				argv[at]);
	if (at + 1 == argc) {
		printf(scripts[o.shell], ctx->prog); /* NOLINT: one of the three above */
		return 0;
	}
	o.word = argv[argc - 1];
	offer_word(&o, argc - at - 1, argv + at + 1);
	return 0;
}

static const struct cmd completion_cmds[] = {
	{ "completion", "SHELL [WORD...]", "Print a shell's completion script: bash, zsh or fish",
	  completion_run, NULL, .min = 1, .max = ARGS_ANY, .front = true },
	{ 0 }
};

const struct applet completion_applet = {
	.name = "completion",
	.cmds = completion_cmds,
};
