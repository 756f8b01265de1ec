// SPDX-License-Identifier: MIT
/* resolvgold.h - what docker 20.10.24 wrote into containers' resolv.conf, and the host's file it had.
 *
 * net   bridge (the default network), un (a network made), un6 (the same with IPv6), host, none
 * asked the flags of docker run */
#pragma once

static const struct {
	const char *name, *text;
} gold_hosts[] = {
	{ "plain",
	  "nameserver 10.255.255.53\n" },
	{ "mixed",
	  "# a comment\nnameserver 127.0.0.1\nnameserver 10.99.0.1\nnameserver fd99::1\n"
	  "nameserver 10.99.0.2\nsearch corp.example lab.example\noptions ndots:2 timeout:3\n"
	  "sortlist 10.0.0.0\n" },
	{ "empty",
	  "" },
	{ "local",
	  "nameserver 127.0.0.1\nnameserver ::1\nsearch corp.example\n" },
	{ "six",
	  "nameserver fd99::1\nnameserver fe80::1%lo\n" },
	{ "odd",
	  "; old\n\tnameserver\t10.0.0.1 \nnameserver 10.0.0.2 # second\n  nameserver 10.0.0.3\n"
	  "NAMESERVER 10.0.0.4\nnameserver 10.0.0.5 10.0.0.6\nnameserver bogus\nnameserver 10.0.0.7\n"
	  "domain dom.example\nsearch one.example\nsearch two.example  three.example # x\noptions edns0\n"
	  "options trust-ad ndots:0\n\nnameserver 10.0.0.1" },
};

static const struct {
	const char *net, *host, *asked, *text;
} gold[] = {
	{ "bridge", "plain", "",
	  "nameserver 10.255.255.53\n" },
	{ "un", "plain", "",
	  "nameserver 127.0.0.11\noptions ndots:0\n" },
	{ "bridge", "plain", "--dns 9.9.9.9",
	  "nameserver 9.9.9.9\n" },
	{ "un", "plain", "--dns 9.9.9.9",
	  "nameserver 127.0.0.11\noptions ndots:0\n" },
	{ "bridge", "plain", "--dns 127.0.0.5 --dns fd00::5",
	  "nameserver 127.0.0.5\nnameserver fd00::5\n" },
	{ "un", "plain", "--dns 127.0.0.5 --dns fd00::5",
	  "nameserver 127.0.0.11\nnameserver fd00::5\noptions ndots:0\n" },
	{ "bridge", "plain", "--dns-search a.example --dns-search b.example",
	  "search a.example b.example\nnameserver 10.255.255.53\n" },
	{ "un", "plain", "--dns-search a.example --dns-search b.example",
	  "search a.example b.example\nnameserver 127.0.0.11\noptions ndots:0\n" },
	{ "bridge", "plain", "--dns-search .",
	  "nameserver 10.255.255.53\n" },
	{ "un", "plain", "--dns-search .",
	  "nameserver 127.0.0.11\noptions ndots:0\n" },
	{ "bridge", "plain", "--dns-opt ndots:5",
	  "nameserver 10.255.255.53\noptions ndots:5\n" },
	{ "un", "plain", "--dns-opt ndots:5",
	  "nameserver 127.0.0.11\noptions ndots:5\n" },
	{ "bridge", "plain", "--dns-opt use-vc --dns-opt timeout:1",
	  "nameserver 10.255.255.53\noptions use-vc timeout:1\n" },
	{ "un", "plain", "--dns-opt use-vc --dns-opt timeout:1",
	  "nameserver 127.0.0.11\noptions use-vc timeout:1 ndots:0\n" },
	{ "bridge", "plain", "--dns 9.9.9.9 --dns-search a.example --dns-opt use-vc",
	  "search a.example\nnameserver 9.9.9.9\noptions use-vc\n" },
	{ "un", "plain", "--dns 9.9.9.9 --dns-search a.example --dns-opt use-vc",
	  "search a.example\nnameserver 127.0.0.11\noptions use-vc ndots:0\n" },
	{ "bridge", "mixed", "",
	  "# a comment\nnameserver 10.99.0.1\nnameserver 10.99.0.2\nsearch corp.example lab.example\n"
	  "options ndots:2 timeout:3\nsortlist 10.0.0.0\n" },
	{ "un", "mixed", "",
	  "search corp.example lab.example\nnameserver 127.0.0.11\noptions ndots:2 timeout:3\n" },
	{ "bridge", "mixed", "--dns 9.9.9.9",
	  "search corp.example lab.example\nnameserver 9.9.9.9\noptions ndots:2 timeout:3\n" },
	{ "un", "mixed", "--dns 9.9.9.9",
	  "search corp.example lab.example\nnameserver 127.0.0.11\noptions ndots:2 timeout:3\n" },
	{ "bridge", "mixed", "--dns 127.0.0.5 --dns fd00::5",
	  "search corp.example lab.example\nnameserver 127.0.0.5\nnameserver fd00::5\n"
	  "options ndots:2 timeout:3\n" },
	{ "un", "mixed", "--dns 127.0.0.5 --dns fd00::5",
	  "search corp.example lab.example\nnameserver 127.0.0.11\nnameserver fd00::5\n"
	  "options ndots:2 timeout:3\n" },
	{ "bridge", "mixed", "--dns-search a.example --dns-search b.example",
	  "search a.example b.example\nnameserver 127.0.0.1\nnameserver 10.99.0.1\nnameserver fd99::1\n"
	  "nameserver 10.99.0.2\noptions ndots:2 timeout:3\n" },
	{ "un", "mixed", "--dns-search a.example --dns-search b.example",
	  "search a.example b.example\nnameserver 127.0.0.11\nnameserver fd99::1\n"
	  "options ndots:2 timeout:3\n" },
	{ "bridge", "mixed", "--dns-search .",
	  "nameserver 127.0.0.1\nnameserver 10.99.0.1\nnameserver fd99::1\nnameserver 10.99.0.2\n"
	  "options ndots:2 timeout:3\n" },
	{ "un", "mixed", "--dns-search .",
	  "nameserver 127.0.0.11\nnameserver fd99::1\noptions ndots:2 timeout:3\n" },
	{ "bridge", "mixed", "--dns-opt ndots:5",
	  "search corp.example lab.example\nnameserver 127.0.0.1\nnameserver 10.99.0.1\n"
	  "nameserver fd99::1\nnameserver 10.99.0.2\noptions ndots:5\n" },
	{ "un", "mixed", "--dns-opt ndots:5",
	  "search corp.example lab.example\nnameserver 127.0.0.11\nnameserver fd99::1\noptions ndots:5\n" },
	{ "bridge", "mixed", "--dns-opt use-vc --dns-opt timeout:1",
	  "search corp.example lab.example\nnameserver 127.0.0.1\nnameserver 10.99.0.1\n"
	  "nameserver fd99::1\nnameserver 10.99.0.2\noptions use-vc timeout:1\n" },
	{ "un", "mixed", "--dns-opt use-vc --dns-opt timeout:1",
	  "search corp.example lab.example\nnameserver 127.0.0.11\nnameserver fd99::1\n"
	  "options use-vc timeout:1 ndots:0\n" },
	{ "bridge", "mixed", "--dns 9.9.9.9 --dns-search a.example --dns-opt use-vc",
	  "search a.example\nnameserver 9.9.9.9\noptions use-vc\n" },
	{ "un", "mixed", "--dns 9.9.9.9 --dns-search a.example --dns-opt use-vc",
	  "search a.example\nnameserver 127.0.0.11\noptions use-vc ndots:0\n" },
	{ "bridge", "empty", "",
	  "\nnameserver 8.8.8.8\nnameserver 8.8.4.4\n" },
	{ "un", "empty", "",
	  "nameserver 127.0.0.11\noptions ndots:0\n" },
	{ "bridge", "local", "",
	  "search corp.example\n\nnameserver 8.8.8.8\nnameserver 8.8.4.4\n" },
	{ "un", "local", "",
	  "search corp.example\nnameserver 127.0.0.11\noptions ndots:0\n" },
	{ "bridge", "local", "--dns 9.9.9.9",
	  "search corp.example\nnameserver 9.9.9.9\n" },
	{ "un", "local", "--dns 9.9.9.9",
	  "search corp.example\nnameserver 127.0.0.11\noptions ndots:0\n" },
	{ "bridge", "local", "--dns 127.0.0.5 --dns fd00::5",
	  "search corp.example\nnameserver 127.0.0.5\nnameserver fd00::5\n" },
	{ "un", "local", "--dns 127.0.0.5 --dns fd00::5",
	  "search corp.example\nnameserver 127.0.0.11\nnameserver fd00::5\noptions ndots:0\n" },
	{ "bridge", "local", "--dns-opt ndots:5",
	  "search corp.example\nnameserver 127.0.0.1\nnameserver ::1\noptions ndots:5\n" },
	{ "un", "local", "--dns-opt ndots:5",
	  "search corp.example\nnameserver 127.0.0.11\nnameserver ::1\noptions ndots:5\n" },
	{ "bridge", "local", "--dns-opt use-vc --dns-opt timeout:1",
	  "search corp.example\nnameserver 127.0.0.1\nnameserver ::1\noptions use-vc timeout:1\n" },
	{ "un", "local", "--dns-opt use-vc --dns-opt timeout:1",
	  "search corp.example\nnameserver 127.0.0.11\nnameserver ::1\noptions use-vc timeout:1 ndots:0\n" },
	{ "bridge", "local", "--dns 9.9.9.9 --dns-search a.example --dns-opt use-vc",
	  "search a.example\nnameserver 9.9.9.9\noptions use-vc\n" },
	{ "un", "local", "--dns 9.9.9.9 --dns-search a.example --dns-opt use-vc",
	  "search a.example\nnameserver 127.0.0.11\noptions use-vc ndots:0\n" },
	{ "bridge", "six", "",
	  "\nnameserver 8.8.8.8\nnameserver 8.8.4.4" },
	{ "un", "six", "",
	  "nameserver 127.0.0.11\noptions ndots:0\n" },
	{ "bridge", "six", "--dns 9.9.9.9",
	  "nameserver 9.9.9.9\n" },
	{ "un", "six", "--dns 9.9.9.9",
	  "nameserver 127.0.0.11\noptions ndots:0\n" },
	{ "bridge", "six", "--dns 127.0.0.5 --dns fd00::5",
	  "nameserver 127.0.0.5\nnameserver fd00::5\n" },
	{ "un", "six", "--dns 127.0.0.5 --dns fd00::5",
	  "nameserver 127.0.0.11\nnameserver fd00::5\noptions ndots:0\n" },
	{ "bridge", "six", "--dns-opt ndots:5",
	  "nameserver fd99::1\nnameserver fe80::1%lo\noptions ndots:5\n" },
	{ "un", "six", "--dns-opt ndots:5",
	  "nameserver 127.0.0.11\nnameserver fd99::1\nnameserver fe80::1%lo\noptions ndots:5\n" },
	{ "bridge", "six", "--dns-opt use-vc --dns-opt timeout:1",
	  "nameserver fd99::1\nnameserver fe80::1%lo\noptions use-vc timeout:1\n" },
	{ "un", "six", "--dns-opt use-vc --dns-opt timeout:1",
	  "nameserver 127.0.0.11\nnameserver fd99::1\nnameserver fe80::1%lo\n"
	  "options use-vc timeout:1 ndots:0\n" },
	{ "bridge", "six", "--dns 9.9.9.9 --dns-search a.example --dns-opt use-vc",
	  "search a.example\nnameserver 9.9.9.9\noptions use-vc\n" },
	{ "un", "six", "--dns 9.9.9.9 --dns-search a.example --dns-opt use-vc",
	  "search a.example\nnameserver 127.0.0.11\noptions use-vc ndots:0\n" },
	{ "bridge", "odd", "",
	  "; old\n\tnameserver\t10.0.0.1 \nnameserver 10.0.0.2 # second\n  nameserver 10.0.0.3\n"
	  "NAMESERVER 10.0.0.4\nnameserver 10.0.0.5 10.0.0.6\nnameserver bogus\nnameserver 10.0.0.7\n"
	  "domain dom.example\nsearch one.example\nsearch two.example  three.example # x\noptions edns0\n"
	  "options trust-ad ndots:0\n\nnameserver 10.0.0.1" },
	{ "un", "odd", "",
	  "search two.example three.example\nnameserver 127.0.0.11\noptions trust-ad ndots:0\n" },
	{ "bridge", "odd", "--dns 9.9.9.9",
	  "search two.example three.example\nnameserver 9.9.9.9\noptions trust-ad ndots:0\n" },
	{ "un", "odd", "--dns 9.9.9.9",
	  "search two.example three.example\nnameserver 127.0.0.11\noptions trust-ad ndots:0\n" },
	{ "bridge", "odd", "--dns 127.0.0.5 --dns fd00::5",
	  "search two.example three.example\nnameserver 127.0.0.5\nnameserver fd00::5\n"
	  "options trust-ad ndots:0\n" },
	{ "un", "odd", "--dns 127.0.0.5 --dns fd00::5",
	  "search two.example three.example\nnameserver 127.0.0.11\nnameserver fd00::5\n"
	  "options trust-ad ndots:0\n" },
	{ "bridge", "odd", "--dns-opt ndots:5",
	  "search two.example three.example\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n"
	  "nameserver 10.0.0.3\nnameserver 10.0.0.7\nnameserver 10.0.0.1\noptions ndots:5\n" },
	{ "un", "odd", "--dns-opt ndots:5",
	  "search two.example three.example\nnameserver 127.0.0.11\noptions ndots:5\n" },
	{ "bridge", "odd", "--dns-opt use-vc --dns-opt timeout:1",
	  "search two.example three.example\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n"
	  "nameserver 10.0.0.3\nnameserver 10.0.0.7\nnameserver 10.0.0.1\noptions use-vc timeout:1\n" },
	{ "un", "odd", "--dns-opt use-vc --dns-opt timeout:1",
	  "search two.example three.example\nnameserver 127.0.0.11\noptions use-vc timeout:1 ndots:0\n" },
	{ "bridge", "odd", "--dns 9.9.9.9 --dns-search a.example --dns-opt use-vc",
	  "search a.example\nnameserver 9.9.9.9\noptions use-vc\n" },
	{ "un", "odd", "--dns 9.9.9.9 --dns-search a.example --dns-opt use-vc",
	  "search a.example\nnameserver 127.0.0.11\noptions use-vc ndots:0\n" },
	{ "un6", "mixed", "",
	  "search corp.example lab.example\nnameserver 127.0.0.11\nnameserver fd99::1\n"
	  "options ndots:2 timeout:3\n" },
	{ "host", "mixed", "",
	  "# a comment\nnameserver 127.0.0.1\nnameserver 10.99.0.1\nnameserver fd99::1\n"
	  "nameserver 10.99.0.2\nsearch corp.example lab.example\noptions ndots:2 timeout:3\n"
	  "sortlist 10.0.0.0\n" },
	{ "none", "mixed", "",
	  "# a comment\nnameserver 10.99.0.1\nnameserver 10.99.0.2\nsearch corp.example lab.example\n"
	  "options ndots:2 timeout:3\nsortlist 10.0.0.0\n" },
	{ "un6", "six", "",
	  "nameserver 127.0.0.11\nnameserver fd99::1\nnameserver fe80::1%lo\noptions ndots:0\n" },
	{ "host", "six", "",
	  "nameserver fd99::1\nnameserver fe80::1%lo\n" },
	{ "none", "six", "",
	  "\nnameserver 8.8.8.8\nnameserver 8.8.4.4" },
	{ "un6", "local", "",
	  "search corp.example\nnameserver 127.0.0.11\nnameserver 2001:4860:4860::8888\n"
	  "nameserver 2001:4860:4860::8844\noptions ndots:0\n" },
	{ "host", "local", "",
	  "nameserver 127.0.0.1\nnameserver ::1\nsearch corp.example\n" },
	{ "none", "local", "",
	  "search corp.example\n\nnameserver 8.8.8.8\nnameserver 8.8.4.4\n" },
	{ "host", "mixed", "--dns 9.9.9.9",
	  "search corp.example lab.example\nnameserver 9.9.9.9\noptions ndots:2 timeout:3\n" },
	{ "none", "mixed", "--dns 9.9.9.9",
	  "search corp.example lab.example\nnameserver 9.9.9.9\noptions ndots:2 timeout:3\n" },
	{ "host", "mixed", "--dns-search .",
	  "nameserver 127.0.0.1\nnameserver 10.99.0.1\nnameserver fd99::1\nnameserver 10.99.0.2\n"
	  "options ndots:2 timeout:3\n" },
	{ "none", "mixed", "--dns-search .",
	  "nameserver 127.0.0.1\nnameserver 10.99.0.1\nnameserver fd99::1\nnameserver 10.99.0.2\n"
	  "options ndots:2 timeout:3\n" },
	{ "host", "mixed", "--dns-opt ndots:5",
	  "search corp.example lab.example\nnameserver 127.0.0.1\nnameserver 10.99.0.1\n"
	  "nameserver fd99::1\nnameserver 10.99.0.2\noptions ndots:5\n" },
	{ "none", "mixed", "--dns-opt ndots:5",
	  "search corp.example lab.example\nnameserver 127.0.0.1\nnameserver 10.99.0.1\n"
	  "nameserver fd99::1\nnameserver 10.99.0.2\noptions ndots:5\n" },
	{ "bridge", "mixed", "--dns-opt \"\"",
	  "search corp.example lab.example\nnameserver 127.0.0.1\nnameserver 10.99.0.1\n"
	  "nameserver fd99::1\nnameserver 10.99.0.2\n" },
	{ "un", "mixed", "--dns-opt ndots:0",
	  "search corp.example lab.example\nnameserver 127.0.0.11\nnameserver fd99::1\noptions ndots:0\n" },
};
