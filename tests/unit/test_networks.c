// SPDX-License-Identifier: MIT
#include "core/engine/networks.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "core/os/tree.h"
#include "tests/unit/unit.h"

static char root[] = "/tmp/coracle-networks-XXXXXX";

struct here {
	struct store st;
	struct arena mem;
	struct engine g;
};

static void open_here(struct here *h)
{
	struct err e;

	*h = (struct here){ .st = STORE_INIT };
	CHECK(mkdtemp(root) != NULL);
	CHECK_INT(store_open(&h->st, root, root, &e), 0);
	h->g = (struct engine){ .store = &h->st, .mem = &h->mem };
}

static void close_here(struct here *h)
{
	store_release(&h->st);
	arena_release(&h->mem);
	(void)!tree_remove(AT_FDCWD, root, NULL);
}

static const char *id_of(char digit, char id[CONTAINER_ID_LEN + 1])
{
	memset(id, digit, CONTAINER_ID_LEN);
	id[CONTAINER_ID_LEN] = 0;
	return id;
}

/* A process that holds a container's lock until it is killed. */
static pid_t monitor(struct here *h, const char *id)
{
	int told[2];
	char byte;
	pid_t pid;

	CHECK_INT(pipe(told), 0);
	pid = fork();
	if (!pid) {
		if (container_lock(&h->st, id, NULL) < 0)
			_exit(1);
		(void)!write(told[1], "1", 1);
		pause();
		_exit(0);
	}
	close(told[1]);
	CHECK_INT(read(told[0], &byte, 1), 1);
	close(told[0]);
	return pid;
}

static void end(pid_t pid)
{
	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
}

/* An endpoint as a start makes it. */
static void join(struct here *h, const struct network *n, const char *container)
{
	static const struct ip any;
	struct endpoint ep = { .id = "", .container = container, .name = "c", .host_link = "",
			       .link = "eth0" };
	struct err e;
	int state = network_state_open(&h->st, n->id, true, &e);

	CHECK(state >= 0);
	CHECK_INT(network_addr_take(state, n, &n->pools[0], &any, container, NULL, &ep.ip4, &e), 0);
	ep.mac = mac_from_ip(&ep.ip4.ip);
	CHECK_INT(endpoint_save(&h->st, state, n, &ep, &e), 0);
	close(state);
}

static void gone(void *arg, const char *name)
{
	CHECK_STR(name, "web");
	++*(int *)arg;
}

TEST(a_network_is_kept_by_a_container_that_lives_and_by_no_dead_one)
{
	const struct prune_filters all = { 0 };
	char alive[CONTAINER_ID_LEN + 1], path[128];
	struct endpoint *eps;
	struct network n;
	struct here h;
	struct err e;
	int taken = 0;
	pid_t pid;

	open_here(&h);
	network_init(&n);
	n.name = "web";
	CHECK_INT(engine_network_create(&h.g, &n, &e), 0);
	pid = monitor(&h, id_of('a', alive));
	join(&h, &n, alive);
	CHECK_INT(engine_network_endpoints(&h.g, &n, &eps, &e), 1);
	CHECK_STR(eps[0].container, alive);
	CHECK_INT(engine_network_remove(&h.g, "web", &e), -EBUSY);
	CHECK(strstr(e.msg, "error while removing network: network web id ") == e.msg);
	CHECK_INT(engine_network_prune(&h.g, &all, gone, &taken, &e), 0);
	CHECK_INT(taken, 0);
	CHECK_INT(h.g.warnings.n, 0);
	end(pid);
	CHECK_INT(engine_network_endpoints(&h.g, &n, &eps, &e), 0);
	CHECK_INT(engine_network_prune(&h.g, &all, gone, &taken, &e), 0);
	CHECK_INT(taken, 1);
	CHECK_INT(engine_network_remove(&h.g, "web", &e), -ENOENT);
	/* Nothing is left of either: not the addresses, nor what taking the dead one's lock made. */
	snprintf(path, sizeof(path), "networks/%s", n.id);
	CHECK_INT(faccessat(h.st.state_fd, path, F_OK, 0), -1);
	snprintf(path, sizeof(path), "containers/%s", alive);
	CHECK_INT(faccessat(h.st.state_fd, path, F_OK, 0), -1);
	close_here(&h);
}

TEST(a_full_network_takes_the_addresses_of_the_dead)
{
	static const struct ip any;
	char id[CONTAINER_ID_LEN + 1];
	struct networks_live live;
	struct network_pool pool = { 0 };
	struct ipnet got;
	struct network n;
	struct here h;
	struct err e;
	pid_t pids[5];
	int state;

	open_here(&h);
	network_init(&n);
	n.name = "small";
	CHECK_INT(ipnet_parse("10.203.0.0/29", &pool.subnet, &e), 0);
	n.pools = &pool;
	n.pools_n = 1;
	CHECK_INT(engine_network_create(&h.g, &n, &e), 0);
	for (int i = 0; i < 5; i++) {
		pids[i] = monitor(&h, id_of((char)('1' + i), id));
		join(&h, &n, id);
	}
	state = network_state_open(&h.st, n.id, true, &e);
	networks_live_init(&live, &h.st);
	CHECK_INT(network_addr_take(state, &n, &n.pools[0], &any, id_of('b', id), &live.who, &got,
				    &e), -EADDRNOTAVAIL);
	end(pids[2]);
	CHECK_INT(network_addr_take(state, &n, &n.pools[0], &any, id, &live.who, &got, &e), 0);
	CHECK_INT(got.ip.b[3], 4);
	CHECK_INT(got.len, 29);
	for (int i = 0; i < 5; i++) {
		if (i != 2)
			end(pids[i]);
	}
	close(state);
	close_here(&h);
}

UNIT_MAIN
