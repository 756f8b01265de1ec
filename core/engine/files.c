// SPDX-License-Identifier: MIT
#include "core/engine/files.h"
#include "core/engine/resolver.h"

#include <fcntl.h>

#include "build/gen/config.h"
#include "core/fmt/resolvconf.h"
#include "core/os/file.h"

enum { HOSTS_MAX = 1 << 20 };

/* Nobody reads it before the container runs, so it need not appear at once; and it is written
 * in place, for it is bound into the container. */
static int file_put(int dir, const char *name, struct str *b, struct err *e)
{
	auto_close int fd = openat(dir, name,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	int rc = fd < 0 ? -errno : file_write_all(fd, b->s, b->len);

	return rc < 0 ? err_set(e, -rc, "write %s: %s", name, strerror(-rc)) : 0;
}

/* On the host's network the host's own names count. */
static void hosts_begin(const struct container *c, struct str *b)
{
	if (strcmp(c->config.network_mode, "host") != 0 ||
	    file_read_at(AT_FDCWD, "/etc/hosts", HOSTS_MAX, b, NULL) < 0)
		str_puts(b, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
			    "fe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\n"
			    "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n");
	if (b->len && b->s[b->len - 1] != '\n')
		str_puts(b, "\n");
	for (size_t i = 0; i < c->config.extra_hosts.n; i++) {
		const char *h = c->config.extra_hosts.v[i], *colon = strchr(h, ':');

		if (colon)
			str_addf(b, "%s\t%.*s\n", colon + 1, (int)(colon - h), h);
	}
}

/* ADDRESS, hostname with domain, hostname. */
static void hosts_address(const struct container *c, const struct ip *ip, struct str *b)
{
	const char *name = c->config.hostname, *domain = c->config.domainname;
	char text[IP_TEXT_MAX];

	if (!ip_is(ip) || !*name)
		return;
	str_addf(b, "%s\t", ip_print(ip, text));
	if (*domain)
		str_addf(b, "%s.%s ", name, domain);
	str_addf(b, "%s\n", name);
}

static int hostname_put(const struct container *c, int dir, struct err *e)
{
	auto_str struct str b = STR_INIT;

	str_addf(&b, "%s%s%s\n", c->config.hostname, *c->config.domainname ? "." : "",
		c->config.domainname);
	return file_put(dir, "hostname", &b, e);
}

static enum resolvconf_net net_of(const struct container *c)
{
	if (strcmp(c->config.network_mode, "host") == 0)
		return RESOLVCONF_HOST;
	return CFG_BRIDGES && resolver_wanted(c) ? RESOLVCONF_USER : RESOLVCONF_PLAIN;
}

/* Of a build without networks: the host's file, or what was asked for in its place. */
static void resolv_plain(const struct container_config *cfg, const struct str *host,
	struct str *out)
{
	const struct {
		const char *word, *between;
		const struct strv *list;
	} lines[] = {
		{ "search ", " ", &cfg->dns_search },
		{ "nameserver ", "\nnameserver ", &cfg->dns },
		{ "options ", " ", &cfg->dns_opt },
	};

	if (!cfg->dns.n && host->len)
		str_add(out, host->s, host->len);
	for (size_t k = 0; k < countof(lines); k++) {
		const struct strv *l = lines[k].list;

		for (size_t i = 0; i < l->n; i++)
			str_addf(out, "%s%s", i ? lines[k].between : lines[k].word, l->v[i]);
		str_puts(out, l->n ? "\n" : "");
	}
}

static void host_file(const char *path, struct str *out)
{
	if (file_read_at(AT_FDCWD, path, RESOLVCONF_MAX, out, NULL) < 0)
		str_reset(out);
}

void files_host_resolv(struct str *out)
{
	auto_arena struct arena mem = { 0 };
	auto_str struct str behind = STR_INIT;
	struct resolvconf r;

	host_file("/etc/resolv.conf", out);
	if (!CFG_BRIDGES)
		return;
	resolvconf_parse(out->s ? out->s : "", out->len, &r, &mem);
	if (!resolvconf_is_stub(&r))
		return;
	host_file("/run/systemd/resolve/resolv.conf", &behind);
	if (behind.len) {
		str_reset(out);
		str_add(out, behind.s, behind.len);
	}
}

static int resolv_put(const struct container *c, bool six, int dir, struct err *e)
{
	const struct container_config *cfg = &c->config;
	const struct resolvconf asked = { cfg->dns, cfg->dns_search, cfg->dns_opt };
	auto_str struct str host = STR_INIT, b = STR_INIT;
	int rc;

	if (net_of(c) == RESOLVCONF_HOST) /* there the stub itself answers */
		host_file("/etc/resolv.conf", &host);
	else
		files_host_resolv(&host);
	if (!CFG_BRIDGES) {
		resolv_plain(cfg, &host, &b);
		return file_put(dir, "resolv.conf", &b, e);
	}
	rc = resolvconf_write(host.s ? host.s : "", host.len, &asked, net_of(c), six, &b, e);
	return rc < 0 ? rc : file_put(dir, "resolv.conf", &b, e);
}

static int files_put(const struct container *c, struct str *hosts, bool six, int dir,
	struct err *e)
{
	int rc = file_put(dir, "hosts", hosts, e);

	if (rc >= 0)
		rc = hostname_put(c, dir, e);
	return rc < 0 ? rc : resolv_put(c, six, dir, e);
}

int files_plain(const struct container *c, int dir, struct err *e)
{
	auto_str struct str hosts = STR_INIT;

	hosts_begin(c, &hosts);
	return files_put(c, &hosts, false, dir, e);
}

int files_of_networks(const struct endpoints *ends, int dir, struct err *e)
{
	auto_str struct str hosts = STR_INIT;
	bool six = false;

	hosts_begin(ends->c, &hosts);
	for (size_t i = 0; i < ends->n; i++) {
		hosts_address(ends->c, &ends->v[i].ep.ip4.ip, &hosts);
		hosts_address(ends->c, &ends->v[i].ep.ip6.ip, &hosts);
		six |= ip_is(&ends->v[i].ep.ip6.ip);
	}
	return files_put(ends->c, &hosts, six, dir, e);
}
