// SPDX-License-Identifier: MIT
/* What is taken and the sentences are those of docker 20.10.24. */
#include "core/fmt/runcheck.h"

#include "tests/unit/unit.h"

struct row {
	const char *text, *sentence;	/* NULL: it is fine */
};

typedef int check_fn(const char *text, struct err *e);

static void check(check_fn *fn, const struct row *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct err e = { 0 };
		int rc = fn(t[i].text, &e);

		CHECK_STR(rc < 0 ? e.msg : "", t[i].sentence ? t[i].sentence : "");
		CHECK_INT(rc, t[i].sentence ? -EINVAL : 0);
	}
}

TEST(limits_of_processes)
{
	static const struct row t[] = {
		{ "nofile=5", NULL }, { "nofile=-1", NULL }, { "nofile=5:-1", NULL }, { "core=0", NULL },
		{ "nproc=10:20", NULL }, { "rtprio=5", NULL },
		{ "foo", "invalid ulimit argument: foo" }, { "", "invalid ulimit argument: " },
		{ "foo=1", "invalid ulimit type: foo" }, { "=5", "invalid ulimit type: " },
		{ "NOFILE=5", "invalid ulimit type: NOFILE" }, { "as=5", "invalid ulimit type: as" },
		{ "nofile=x", "strconv.ParseInt: parsing \"x\": invalid syntax" },
		{ "nofile=", "strconv.ParseInt: parsing \"\": invalid syntax" },
		{ "nofile=1:x", "strconv.ParseInt: parsing \"x\": invalid syntax" },
		{ "nofile=5:2", "ulimit soft limit must be less than or equal to hard limit: 5 > 2" },
		{ "nofile=-1:5", "ulimit soft limit must be less than or equal to hard limit: soft: -1 "
		  "(unlimited), hard: 5" },
		{ "nofile=1:2:3", "too many limit value arguments - 1:2:3, can only have up to two, "
		  "`soft[:hard]`" },
	};

	check(runcheck_ulimit, t, countof(t));
}

TEST(c053_names_of_variables_and_labels)
{
	static const struct row env[] = {
		{ "A=x", NULL }, { "A", NULL }, { "MYSQL_ALLOW_EMPTY_PASWORD+True", NULL },
		{ "A B=c", NULL }, { "=x", "invalid environment variable: =x" },
		{ "", "invalid environment variable: " },
	};
	static const struct row label[] = {
		{ "a=b", NULL }, { "a", NULL }, { " a=c", NULL }, { "a=b c", NULL },
		{ "=x", "invalid label '=x': empty name" }, { "", "invalid label '': empty name" },
		{ "a b=c", "label 'a b' contains whitespaces" },
	};

	check(runcheck_env, env, countof(env));
	check(runcheck_label, label, countof(label));
}

TEST(settings_of_the_kernel)
{
	static const struct row t[] = {
		{ "kernel.shmmax=5", NULL }, { "kernel.shm_rmid_forced=1", NULL }, { "net.foo=5", NULL },
		{ "fs.mqueue.x=1", NULL }, { "a", "sysctl 'a' is not whitelisted" },
		{ "kernel.x=1", "sysctl 'kernel.x=1' is not whitelisted" },
		{ "net=1", "sysctl 'net=1' is not whitelisted" },
		{ "vm.x=1", "sysctl 'vm.x=1' is not whitelisted" },
		{ "kernel.hostname=x", "sysctl 'kernel.hostname=x' is not whitelisted" },
	};

	check(runcheck_sysctl, t, countof(t));
}

TEST(hosts_and_name_servers)
{
	static const struct row host[] = {
		{ "a:1.2.3.4", NULL }, { "a:::1", NULL }, { "host:host-gateway", NULL },
		{ "x", "bad format for add-host: \"x\"" },
		{ ":1.2.3.4", "bad format for add-host: \":1.2.3.4\"" },
		{ "a:", "invalid IP address in add-host: \"\"" },
		{ "a:1.2.3", "invalid IP address in add-host: \"1.2.3\"" },
	};
	static const struct row dns[] = {
		{ "8.8.8.8", NULL }, { "::1", NULL }, { " 1.1.1.1 ", NULL },
		{ "x", "x is not an ip address" }, { "", " is not an ip address" },
		{ "1.2.3", "1.2.3 is not an ip address" },
	};
	static const struct row search[] = {
		{ "x", NULL }, { "x.y", NULL }, { ".", NULL }, { "a-b.c.", NULL },
		{ "", " is not a valid domain" }, { "-a", "-a is not a valid domain" },
		{ "a b", "a b is not a valid domain" }, { "1.2.3", "1.2.3 is not a valid domain" },
		{ "a..b", "a..b is not a valid domain" },
	};

	check(runcheck_add_host, host, countof(host));
	check(runcheck_dns, dns, countof(dns));
	check(runcheck_dns_search, search, countof(search));
}

TEST(streams_links_rules_filters_and_modes)
{
	static const struct row attach[] = {
		{ "stdin", NULL }, { "STDOUT", NULL },
		{ "foo", "valid streams are STDIN, STDOUT and STDERR" },
	};
	static const struct row link[] = {
		{ "a", NULL }, { "a:b", NULL }, { "", "empty string specified for links" },
		{ "a:b:c", "bad format for links: a:b:c" },
	};
	static const struct row rule[] = {
		{ "c 1:3 rwm", NULL }, { "b *:* rwm", NULL }, { "a *:* rw", NULL },
		{ "x", "invalid device cgroup format 'x'" },
		{ "c 1:3 x", "invalid device cgroup format 'c 1:3 x'" },
		{ "c 1:2 rwmm", "invalid device cgroup format 'c 1:2 rwmm'" },
	};
	static const struct row pid[] = {
		{ "", NULL }, { "host", NULL }, { "container:x", NULL },
		{ "container:", "--pid: invalid PID mode" }, { "foo", "--pid: invalid PID mode" },
	};
	static const struct row mac[] = {
		{ "92:d0:c6:0a:29:33", NULL },
		{ "92:d0:c6:0a:29", "92:d0:c6:0a:29 is not a valid mac address" },
	};

	check(runcheck_attach, attach, countof(attach));
	check(runcheck_link, link, countof(link));
	check(runcheck_device_rule, rule, countof(rule));
	check(runcheck_pid, pid, countof(pid));
	check(runcheck_mac, mac, countof(mac));
}

TEST(devices_are_made_whole)
{
	static const struct {
		const char *text, *want, *sentence;
	} t[] = {
		{ "/dev/null", "/dev/null:/dev/null:rwm", NULL },
		{ "/dev/null:r", "/dev/null:/dev/null:r", NULL },
		{ "/dev/null:/dev/x", "/dev/null:/dev/x:rwm", NULL },
		{ "/dev/null:/dev/x:rw", "/dev/null:/dev/x:rw", NULL },
		{ "x", NULL, "x is not an absolute path" },
		{ "/dev/null:x", NULL, "x is not an absolute path" },
		{ "/dev/null:/dev/x:z", NULL, "bad mode specified: z" },
		{ "/dev/null:/dev/x:r:w", NULL, "bad format for path: /dev/null:/dev/x:r:w" },
		{ ":/dev/x", NULL, "bad format for path: :/dev/x" },
	};
	auto_arena struct arena mem = { 0 };

	for (size_t i = 0; i < countof(t); i++) {
		const char *got = NULL;
		struct err e = { 0 };

		CHECK_INT(runcheck_device(t[i].text, &got, &mem, &e), t[i].want ? 0 : -EINVAL);
		CHECK_STR(got ? got : e.msg, t[i].want ? t[i].want : t[i].sentence);
	}
}

TEST(c039_restart_policies)
{
	static const struct {
		const char *text, *policy;
		int max;
		const char *sentence;
	} t[] = {
		{ "", "", 0, NULL }, { "no", "no", 0, NULL }, { "always", "always", 0, NULL },
		{ "on-failure", "on-failure", 0, NULL }, { "on-failure:3", "on-failure", 3, NULL },
		{ "unless-stopped", "unless-stopped", 0, NULL },
		{ "foo", NULL, 0, "invalid restart policy 'foo'" },
		{ "on-failure:x", NULL, 0, "maximum retry count must be an integer" },
		{ "on-failure:3:4", NULL, 0, "invalid restart policy format" },
		{ "on-failure:-1", NULL, 0, "maximum retry count cannot be negative" },
		{ "always:3", NULL, 0,
		  "maximum retry count cannot be used with restart policy 'always'" },
	};
	auto_arena struct arena mem = { 0 };

	for (size_t i = 0; i < countof(t); i++) {
		const char *policy = NULL;
		struct err e = { 0 };
		int max = -7;

		if (t[i].policy) {
			CHECK_INT(runcheck_restart(t[i].text, &policy, &max, &mem, &e), 0);
			CHECK_STR(policy, t[i].policy);
			CHECK_INT(max, t[i].max);
		} else {
			CHECK_INT(runcheck_restart(t[i].text, &policy, &max, &mem, &e), -EINVAL);
			CHECK_STR(e.msg, t[i].sentence);
		}
	}
}

UNIT_MAIN
