// SPDX-License-Identifier: MIT
#include "core/fmt/runcheck.h"

#include "core/base/num.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "core/fmt/hostport.h"

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* --- looked at while the command line is read --- */

int runcheck_add_host(const char *text, struct err *e)
{
	auto_str struct str q = STR_INIT;
	const char *colon = strchr(text, ':');

	if (!colon || colon == text) {
		text_quote(&q, text, strlen(text));
		return err_set(e, EINVAL, "bad format for add-host: %s", q.s);
	}
	if (strcmp(colon + 1, "host-gateway") == 0 || hostport_is_ip(colon + 1))
		return 0;
	text_quote(&q, colon + 1, strlen(colon + 1));
	return err_set(e, EINVAL, "invalid IP address in add-host: %s", q.s);
}

int runcheck_attach(const char *text, struct err *e)
{
	if (strcasecmp(text, "stdin") == 0 || strcasecmp(text, "stdout") == 0 ||
	    strcasecmp(text, "stderr") == 0)
		return 0;
	return err_set(e, EINVAL, "valid streams are STDIN, STDOUT and STDERR");
}

/* A number or a star. */
static const char *rule_number(const char *p)
{
	size_t n = strspn(p, "0123456789");

	return n ? p + n : *p == '*' ? p + 1 : NULL;
}

int runcheck_device_rule(const char *text, struct err *e)
{
	const char *p = *text && strchr("acb", *text) && text[1] == ' ' ? text + 2 : NULL;
	size_t n;

	p = p ? rule_number(p) : NULL;
	p = p && *p == ':' ? rule_number(p + 1) : NULL;
	n = p && *p == ' ' ? strspn(p + 1, "rwm") : 0;
	if (n >= 1 && n <= 3 && !p[1 + n])
		return 0;
	return err_set(e, EINVAL, "invalid device cgroup format '%s'", text);
}

int runcheck_dns(const char *text, struct err *e)
{
	char ip[64] = "";
	size_t n;

	while (is_space(*text))
		text++;
	n = strlen(text);
	while (n && is_space(text[n - 1]))
		n--;
	if (n < sizeof(ip))
		memcpy(ip, text, n);
	return hostport_is_ip(ip) ? 0 : err_set(e, EINVAL, "%s is not an ip address", text);
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* Labels of letters, digits and inner dashes, a letter somewhere. */
static bool is_domain(const char *s, size_t n)
{
	bool letter = false;

	if (n && s[n - 1] == '.')
		n--;
	for (size_t i = 0; i < n; i++) {
		bool edge = i == 0 || i + 1 == n || s[i - 1] == '.' || s[i + 1] == '.';

		letter |= is_alnum(s[i]) && s[i] > '9';
		if (!is_alnum(s[i]) && (edge || (s[i] != '-' && s[i] != '.')))
			return false;
	}
	return letter;
}

int runcheck_dns_search(const char *text, struct err *e)
{
	const char *s = text;
	size_t n;

	while (is_space(*s))
		s++;
	n = strlen(s);
	while (n && is_space(s[n - 1]))
		n--;
	if ((n == 1 && *s == '.') || is_domain(s, n))
		return 0;
	return err_set(e, EINVAL, "%s is not a valid domain", text);
}

int runcheck_env(const char *text, struct err *e)
{
	if (*text && *text != '=')
		return 0;
	return err_set(e, EINVAL, "invalid environment variable: %s", text);
}

int runcheck_filter(const char *text, struct err *e)
{
	if (!*text || strchr(text, '='))
		return 0;
	return err_set(e, EINVAL, "bad format of filter (expected name=value)");
}

int runcheck_label(const char *text, struct err *e)
{
	size_t n;

	const char *key = text + strspn(text, " \t");

	n = strcspn(key, "=");
	if (!n)
		return err_set(e, EINVAL, "invalid label '%s': empty name", text);
	if (strcspn(key, " \t") < n)
		return err_set(e, EINVAL, "label '%.*s' contains whitespaces",
			       n > 200 ? 200 : (int)n, key);
	return 0;
}

int runcheck_link(const char *text, struct err *e)
{
	const char *colon = strchr(text, ':');

	if (!*text)
		return err_set(e, EINVAL, "empty string specified for links");
	if (colon && strchr(colon + 1, ':'))
		return err_set(e, EINVAL, "bad format for links: %s", text);
	return 0;
}

int runcheck_sysctl(const char *text, struct err *e)
{
	static const char *const names[] = {
		"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall",
		"kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
	};
	const char *eq = strchr(text, '=');

	for (size_t i = 0; eq && i < countof(names); i++) {
		if (begins(text, names[i]) && text + strlen(names[i]) == eq)
			return 0;
	}
	if (eq && (begins(text, "net.") || begins(text, "fs.mqueue.")))
		return 0;
	return err_set(e, EINVAL, "sysctl '%s' is not whitelisted", text);
}

/* "1024" or "1024:2048"; hard counts as soft when it is not there. */
static int ulimit_values(const char *text, int64_t v[2], int *n, struct err *e)
{
	const char *p = text;

	for (*n = 0; ; (*n)++, p++) {
		char part[32] = "";
		size_t len = strcspn(p, ":");

		if (*n == 2)
			return err_set(e, EINVAL,
				       "too many limit value arguments - %s, can only have up "
				       "to two, `soft[:hard]`",
				       text);
		memcpy(part, p, len < sizeof(part) ? len : sizeof(part) - 1);
		if (num_int10(part, &v[*n], e) < 0)
			return -EINVAL;
		p += len;
		if (!*p)
			break;
	}
	(*n)++;
	return 0;
}

int runcheck_ulimit(const char *text, struct err *e)
{
	static const char *const types[] = {
		"core",	  "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue", "nice",
		"nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack",
	};
	const char *eq = strchr(text, '=');
	int64_t v[2];
	size_t i;
	int n;

	if (!eq)
		return err_set(e, EINVAL, "invalid ulimit argument: %s", text);
	for (i = 0; i < countof(types); i++) {
		if (begins(text, types[i]) && text + strlen(types[i]) == eq)
			break;
	}
	if (i == countof(types))
		return err_set(e, EINVAL, "invalid ulimit type: %.*s",
			       eq - text > 200 ? 200 : (int)(eq - text), text);
	if (ulimit_values(eq + 1, v, &n, e) < 0)
		return -EINVAL;
	if (n < 2 || v[1] == -1 || (v[0] != -1 && v[0] <= v[1]))
		return 0;
	if (v[0] == -1)
		return err_set(e, EINVAL,
			       "ulimit soft limit must be less than or equal to hard limit: "
			       "soft: -1 (unlimited), hard: %lld",
			       (long long)v[1]);
	return err_set(e, EINVAL, "ulimit soft limit must be less than or equal to hard limit: "
		       "%lld > %lld", (long long)v[0], (long long)v[1]);
}

/* --- looked at when all flags are known --- */

static bool is_device_mode(const char *s)
{
	for (size_t i = 0; s[i]; i++) {
		if (!strchr("rwm", s[i]) || memchr(s, s[i], i))
			return false;
	}
	return *s != 0;
}

int runcheck_device(const char *text, const char **out, struct arena *mem, struct err *e)
{
	auto_str struct str b = STR_INIT;
	const char *one = strchr(text, ':'), *two = one ? strchr(one + 1, ':') : NULL;
	const char *host = one ? strv_dup(text, one - text, mem) : text, *in = host, *mode = "rwm";

	if (!*host || (two && strchr(two + 1, ':')))
		return err_set(e, EINVAL, "bad format for path: %s", text);
	if (two) {
		in = strv_dup(one + 1, two - one - 1, mem);
		mode = two + 1;
		if (!is_device_mode(mode))
			return err_set(e, EINVAL, "bad mode specified: %s", mode);
	} else if (one && is_device_mode(one + 1)) {
		mode = one + 1;
	} else if (one) {
		in = one + 1;
	}
	if (*in != '/')
		return err_set(e, EINVAL, "%s is not an absolute path", in);
	str_addf(&b, "%s:%s:%s", host, in, mode);
	*out = strv_dup(b.s, b.len, mem);
	return 0;
}

int runcheck_restart(const char *text, const char **policy, int *max, struct arena *mem,
		     struct err *e)
{
	static const char *const names[] = { "no", "always", "on-failure", "unless-stopped" };
	const char *colon = strchr(text, ':');
	int64_t n = 0;
	size_t i;

	*policy = colon ? strv_dup(text, colon - text, mem) : text;
	if (colon && strchr(colon + 1, ':'))
		return err_set(e, EINVAL, "invalid restart policy format");
	if (colon && num_int10(colon + 1, &n, NULL) < 0)
		return err_set(e, EINVAL, "maximum retry count must be an integer");
	for (i = 0; i < countof(names) && strcmp(*policy, names[i]) != 0; i++)
		;
	if (**policy && i == countof(names))
		return err_set(e, EINVAL, "invalid restart policy '%s'", *policy);
	if (n && strcmp(*policy, "on-failure") != 0)
		return err_set(e, EINVAL,
			       "maximum retry count cannot be used with restart policy '%s'",
			       *policy);
	if (n < 0 || n > INT32_MAX)
		return err_set(e, EINVAL, "maximum retry count cannot be negative");
	*max = (int)n;
	return 0;
}

static bool is_container(const char *text)
{
	return begins(text, "container:") && text[10];
}

int runcheck_pid(const char *text, struct err *e)
{
	if (!*text || strcmp(text, "host") == 0 || is_container(text))
		return 0;
	return err_set(e, EINVAL, "--pid: invalid PID mode");
}

int runcheck_uts(const char *text, struct err *e)
{
	return !*text || strcmp(text, "host") == 0 ? 0
						   : err_set(e, EINVAL, "--uts: invalid UTS mode");
}

int runcheck_cgroupns(const char *text, struct err *e)
{
	if (!*text || strcmp(text, "host") == 0 || strcmp(text, "private") == 0)
		return 0;
	return err_set(e, EINVAL, "--cgroupns: invalid CGROUP mode");
}

int runcheck_userns(const char *text, struct err *e)
{
	if (!*text || strcmp(text, "host") == 0)
		return 0;
	return err_set(e, EINVAL, "--userns: invalid USER mode");
}

int runcheck_ipc(const char *text, struct err *e)
{
	static const char *const modes[] = { "", "none", "private", "shareable", "host" };

	for (size_t i = 0; i < countof(modes); i++) {
		if (strcmp(text, modes[i]) == 0)
			return 0;
	}
	return is_container(text) ? 0 : err_set(e, EINVAL, "Invalid IPC mode: %s", text);
}

int runcheck_mac(const char *text, struct err *e)
{
	static const char hex[] = "0123456789abcdefABCDEF";
	bool good = strlen(text) == 17;

	for (int i = 0; good && i < 17; i++)
		good = i % 3 == 2 ? text[i] == ':' || text[i] == '-' : strchr(hex, text[i]) != NULL;
	return good ? 0 : err_set(e, EINVAL, "%s is not a valid mac address", text);
}
