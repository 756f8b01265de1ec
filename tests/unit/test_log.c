// SPDX-License-Identifier: MIT
/* test_log.c - a container's log: what is written is Docker's, and comes back byte by byte. */
#include "core/engine/log.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/tree.h"
#include "core/store/container.h"
#include "tests/unit/unit.h"

#define STAMP 1795182189123000000ll /* 2026-11-20T13:43:09.123Z */
#define END(stream, more) "\",\"stream\":\"" stream "\",\"time\":\"2026-11-20T13:43:09.123" more "Z\"}\n"
#define TAIL(more) END("stdout", more)	/* more: the digits of the time after STAMP's */
#define TAIL_ERR(more) END("stderr", more)

#define WHEN	"\"time\":\"2026-11-20T13:43:09Z\""

static struct log_writer w;
static char dir_name[32];

static int dir_make(void)
{
	strcpy(dir_name, "/tmp/test_log.XXXXXX");
	CHECK(mkdtemp(dir_name));
	return open(dir_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void dir_end(int dir)
{
	close(dir);
	CHECK_INT(tree_remove(AT_FDCWD, dir_name, NULL), 0);
}

static void writer_open(int dir, int64_t max_size, int max_file)
{
	struct log_config c = { .file = true, .max_size = max_size, .max_file = max_file, .attrs = "" };

	memset(&w, 0, sizeof(w));
	CHECK_INT(log_open(&w, dir, &c, NULL), 0);
}

static void out(const char *text)
{
	log_write(&w, LOG_STDOUT, text, strlen(text), STAMP);
}

static int64_t size_of(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, 0) < 0 ? -1 : st.st_size;
}

static void check_file(int dir, const char *name, const char *want)
{
	struct str got = STR_INIT;

	CHECK_INT(file_read_at(dir, name, 1 << 20, &got, NULL), 0);
	CHECK_STR(got.s, want);
	str_release(&got);
}

/* What a reading gave: the bytes of both streams, and how many entries. */
struct got {
	struct str text;
	int n, stop_after;
	pid_t writer;
};

static int take(void *arg, const struct log_entry *entry)
{
	struct got *g = arg;

	str_add(&g->text, entry->text, entry->len);
	g->n++;
	return g->n == g->stop_after ? 77 : 0;
}

static struct got read_all(int dir, int64_t tail)
{
	struct got g = { .text = STR_INIT };
	struct log_query q = { .tail = tail, .entry = take, .arg = &g };

	CHECK_INT(log_read(dir, &q, NULL), 0);
	return g;
}

/* --- form ---------------------------------------------------------------------- */

TEST(C109_an_entry_is_a_line_of_Dockers_json_file)
{
	int dir = dir_make();

	writer_open(dir, -1, 1);
	out("one\ntwo");
	log_write(&w, LOG_STDERR, "err\n", 4, STAMP);
	out(" and\n");
	out("rest");
	log_finish(&w, STAMP);
	log_close(&w);
	check_file(dir, "log.json",
		"{\"log\":\"one\\n" TAIL("")
		"{\"log\":\"err\\n" TAIL_ERR("000001")
		"{\"log\":\"two and\\n" TAIL("000002")
		"{\"log\":\"rest" TAIL("000003"));
	dir_end(dir);
}

TEST(bytes_are_escaped_as_Docker_escapes_them)
{
	/* made by docker 20.10 from all bytes below 0x80 but the newline, and a line of UTF-8 */
	static const char golden[] =
		"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\u0008"
		"\\u0009\\u000b\\u000c\\r\\u000e\\u000f\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016"
		"\\u0017\\u0018\\u0019\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f !\\\"#$%\\u0026'()*+,-./"
		"0123456789:;\\u003c=\\u003e?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_`abcdefghijklmnopqrstuvwxyz"
		"{|}~\x7f\\né€😀\\u2028\\u2029\\n";
	char in[200], got[1300];
	size_t n = 0;

	for (int i = 0; i < 128; i++) {
		if (i != '\n')
			in[n++] = (char)i;
	}
	n += (size_t)sprintf(in + n, "\né€😀\u2028\u2029\n");
	*log_escape(got, in, n) = 0;
	CHECK_STR(got, golden);
}

TEST(an_escape_is_right_wherever_in_a_word_it_falls)
{
	for (int c = 1; c < 256; c++) {
		for (size_t at = 0; at < 24; at++) {
			for (size_t len = at + 1; len <= 24; len++) {
				char in[25], one[16], got[256], want[256], ch = (char)c;

				memset(in, 'x', 24);
				in[at] = ch;
				*log_escape(got, in, len) = 0;
				*log_escape(one, &ch, 1) = 0;
				sprintf(want, "%.*s%s%.*s", (int)at, in, one, (int)(len - at - 1),
					"xxxxxxxxxxxxxxxxxxxxxxx");
				CHECK_STR(got, want);
			}
		}
	}
}

TEST(Z86_every_byte_comes_back)
{
	struct str all = STR_INIT;
	struct got g;
	int dir = dir_make();

	for (int i = 0; i < 65536; i++) {
		char pair[2] = { (char)(i >> 8), (char)i };

		str_add(&all, pair, 2);
	}
	str_puts(&all, "{\"log\":\"forged\\n\",\"stream\":\"stderr\",\"time\":\"2020-01-01T00:00:00Z\"}\n");
	str_puts(&all, "\xed\xb2\x80 \xed\xa0\xbd\xed\xb8\x80 \\udc80 \xc0\x80 é€😀\n\xe2\x82");
	writer_open(dir, -1, 1);
	for (size_t i = 0; i < all.len; i += 1000)
		log_write(&w, LOG_STDOUT, all.s + i, all.len - i < 1000 ? all.len - i : 1000, STAMP);
	log_finish(&w, STAMP);
	log_close(&w);
	g = read_all(dir, -1);
	CHECK_INT(g.text.len, all.len);
	CHECK(memcmp(g.text.s, all.s, all.len) == 0);
	dir_end(dir);
}

TEST(Z86_a_line_without_end_is_cut_into_parts_of_16_KiB)
{
	static char big[40000];
	struct got g;
	int dir = dir_make();

	memset(big, 1, sizeof(big)); /* six bytes each, once escaped */
	writer_open(dir, -1, 1);
	log_write(&w, LOG_STDOUT, big, sizeof(big), STAMP);
	out("\n");
	memset(big, 'a', LOG_PART - 1);
	big[LOG_PART - 1] = '\n';
	log_write(&w, LOG_STDOUT, big, LOG_PART, STAMP);
	log_close(&w);
	g = read_all(dir, -1);
	CHECK_INT(g.n, 4);
	CHECK_INT(g.text.len, sizeof(big) + 1 + LOG_PART);
	dir_end(dir);
}

TEST(a_line_that_is_no_entry_is_passed_over)
{
	static const struct {
		const char *line;
		int rc;
	} table[] = {
		{ "{\"log\":\"a\",\"stream\":\"stdout\"," WHEN "}", 0 },
		{ " { " WHEN " , \"x\":[{\"]\":1}], \"stream\":\"stderr\",\"log\":\"\"} ", 0 },
		{ "{\"log\":\"a\",\"stream\":\"stdout\",\"attrs\":{\"a\":\"}\"}," WHEN "}", 0 },
		{ "{\"log\":\"a\",\"stream\":\"stdin\"," WHEN "}", -EBADMSG },
		{ "{\"log\":\"a\",\"stream\":\"stdout\",\"time\":\"yesterday\"}", -EBADMSG },
		{ "{\"log\":\"a\",\"stream\":\"stdout\"}", -EBADMSG },
		{ "{\"log\":\"a", -EBADMSG },
		{ "{\"log\":\"a\\", -EBADMSG },
		{ "{\"log\":\"\\u12", -EBADMSG },
		{ "{\"log\":\"\\x\"}", -EBADMSG },
		{ "", -EBADMSG },
		{ "{}", -EBADMSG },
		{ "{\"log\":\"a\",\"stream\":\"stdout\"," WHEN "}x", -EBADMSG },
		{ "{\"log\":\"a\",\"x\":[[[[[[[[[[[[[[[[[[[[1", -EBADMSG },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct log_entry entry;
		char line[256];

		strcpy(line, table[i].line);
		CHECK_INT(log_parse(line, strlen(line), &entry), table[i].rc);
	}
}

TEST(surrogates_of_other_writers_become_characters)
{
	char line[] = "{\"log\":\"\\ud83d\\ude00\\ud83d|\\udfff|\\ufffd\\/\",\"stream\":\"stdout\","
		      "\"time\":\"2026-11-20T13:43:09Z\"}";
	struct log_entry entry;

	CHECK_INT(log_parse(line, strlen(line), &entry), 0);
	CHECK_INT(entry.len, strlen("😀\ufffd|\ufffd|\ufffd/"));
	CHECK(memcmp(entry.text, "😀\ufffd|\ufffd|\ufffd/", entry.len) == 0);
	CHECK_INT(entry.time_ns, 1795182189000000000ll);
}

/* --- bounds -------------------------------------------------------------------- */

TEST(U25_Z87_files_stay_below_size_and_count)
{
	struct got g;
	int dir = dir_make(), i;
	char line[64];

	writer_open(dir, 1000, 3);
	for (i = 0; i < 200; i++) {
		sprintf(line, "line %d\n", i);
		out(line);
		CHECK(size_of(dir, "log.json") <= 1000);
	}
	log_close(&w);
	CHECK(size_of(dir, "log.json.1") <= 1000 && size_of(dir, "log.json.2") <= 1000);
	CHECK_INT(size_of(dir, "log.json.3"), -1);
	g = read_all(dir, -1);
	CHECK(g.n > 20 && g.n < 45);
	CHECK(strstr(g.text.s, "line 198\nline 199\n"));
	dir_end(dir);
}

TEST(Z87_one_read_of_many_lines_is_spread_over_files)
{
	static char big[60000];
	struct got g;
	int dir = dir_make();

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = i % 10 == 9 ? '\n' : 'a';
	writer_open(dir, 20000, 100);
	log_write(&w, LOG_STDOUT, big, sizeof(big), STAMP);
	log_close(&w);
	for (int i = 1; i < 10; i++) {
		char name[32];

		sprintf(name, "log.json.%d", i);
		CHECK(size_of(dir, name) > 19000 && size_of(dir, name) <= 20000);
	}
	g = read_all(dir, -1);
	CHECK_INT(g.n, sizeof(big) / 10);
	CHECK(memcmp(g.text.s, big, sizeof(big)) == 0);
	dir_end(dir);
}

TEST(one_file_only_begins_anew)
{
	struct got g;
	int dir = dir_make();

	writer_open(dir, 100, 1);
	for (int i = 0; i < 50; i++)
		out("x\n");
	log_close(&w);
	CHECK_INT(size_of(dir, "log.json.1"), -1);
	g = read_all(dir, -1);
	CHECK_INT(g.n, 1);
	dir_end(dir);
}

TEST(driver_none_writes_nothing)
{
	struct log_config c = { .attrs = "" };
	int dir = dir_make();

	CHECK_INT(log_open(&w, dir, &c, NULL), 0);
	out("x\n");
	log_finish(&w, STAMP);
	log_close(&w);
	CHECK_INT(size_of(dir, "log.json"), -1);
	dir_end(dir);
}

TEST(U22_a_full_disk_loses_lines_and_says_how_many)
{
	struct rlimit full = { 200, RLIM_INFINITY }, empty = { RLIM_INFINITY, RLIM_INFINITY };
	int dir = dir_make();

	signal(SIGXFSZ, SIG_IGN);
	writer_open(dir, -1, 1);
	out("first\n");
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &full), 0);
	out("second\nthird\nfourth\n");
	out("fifth\n");
	out("half");
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &empty), 0);
	out(" done\n");
	out("last\n");
	log_close(&w);
	check_file(dir, "log.json",
		"{\"log\":\"first\\n" TAIL("")
		"{\"log\":\"second\\n" TAIL("000001")
		"{\"log\":\"coracle: 3 lines of output could not be kept here: File too large\\n" TAIL_ERR("000007")
		"{\"log\":\"half done\\n" TAIL("000008")
		"{\"log\":\"last\\n" TAIL("000009"));
	dir_end(dir);
}

TEST(U21_a_line_cut_by_a_crash_is_passed_over)
{
	struct got g;
	int dir = dir_make(), fd;

	writer_open(dir, -1, 1);
	out("first\n");
	log_close(&w);
	fd = openat(dir, "log.json", O_WRONLY | O_APPEND);
	CHECK_INT(write(fd, "{\"log\":\"cut", 11), 11);
	close(fd);
	g = read_all(dir, -1);
	CHECK_STR(g.text.s, "first\n");
	writer_open(dir, -1, 1);
	out("second\n");
	log_close(&w);
	g = read_all(dir, -1);
	CHECK_STR(g.text.s, "first\nsecond\n");
	dir_end(dir);
}

/* --- reading ------------------------------------------------------------------- */

TEST(C113_tail_counts_entries_from_the_end)
{
	struct got g;
	int dir = dir_make();
	char line[32];

	writer_open(dir, 5000, 20);
	for (int i = 0; i < 1000; i++) {
		sprintf(line, "%d\n", i);
		out(line);
	}
	log_close(&w);
	g = read_all(dir, 0);
	CHECK_INT(g.n, 0);
	g = read_all(dir, 1);
	CHECK_STR(g.text.s, "999\n");
	g = read_all(dir, 3);
	CHECK_STR(g.text.s, "997\n998\n999\n");
	for (int n = 0; n <= 1000; n += 7) {
		g = read_all(dir, n);
		CHECK_INT(g.n, n);
		CHECK(n == 0 || atoi(g.text.s) == 1000 - n);
	}
	g = read_all(dir, 5000);
	CHECK_INT(g.n, 1000);
	dir_end(dir);
}

TEST(C112_C115_since_and_until_bound_the_time)
{
	struct got g = { .text = STR_INIT };
	struct log_query q = { .tail = -1, .since_ns = 20, .until_ns = 30, .entry = take, .arg = &g };
	int dir = dir_make();

	writer_open(dir, -1, 1);
	for (int64_t t = 10; t <= 50; t += 5)
		log_write(&w, LOG_STDOUT, "x\n", 2, t);
	log_close(&w);
	CHECK_INT(log_read(dir, &q, NULL), 0);
	CHECK_INT(g.n, 3);
	g.stop_after = 4;
	q.since_ns = q.until_ns = 0;
	CHECK_INT(log_read(dir, &q, NULL), 77);
	dir_end(dir);
}

static int take_time(void *arg, const struct log_entry *entry)
{
	int64_t **at = arg;

	*(*at)++ = entry->time_ns;
	return 0;
}

TEST(C112_C115_lines_written_together_have_times_of_their_own)
{
	enum { N = 2500 };
	const int64_t first = STAMP - 123000000 - 1; /* the last nanosecond of a second */
	int64_t times[N + 2], *at = times;
	struct log_query q = { .tail = -1, .entry = take_time, .arg = &at };
	struct got g = { .text = STR_INIT };
	struct str all = STR_INIT;
	int dir = dir_make();

	for (int i = 0; i < N; i++)
		str_puts(&all, "x\n");
	writer_open(dir, -1, 1);
	log_write(&w, LOG_STDOUT, all.s, all.len, first);
	log_write(&w, LOG_STDERR, "the clock has not moved\n", 24, first);
	log_write(&w, LOG_STDERR, "and now it has\n", 15, first + N + 7);
	log_close(&w);
	CHECK_INT(log_read(dir, &q, NULL), 0);
	CHECK_INT(at - times, N + 2);
	for (int i = 0; i <= N; i++)
		CHECK_INT(times[i], first + i);
	CHECK_INT(times[N + 1], first + N + 7);
	q = (struct log_query){ .tail = -1, .entry = take, .arg = &g };
	q.since_ns = first + 10;
	q.until_ns = first + 19;
	CHECK_INT(log_read(dir, &q, NULL), 0);
	CHECK_INT(g.n, 10);
	dir_end(dir);
}

TEST(a_clock_that_was_set_back_is_believed)
{
	int64_t times[2], *at = times;
	struct log_query q = { .tail = -1, .entry = take_time, .arg = &at };
	int dir = dir_make();

	writer_open(dir, -1, 1);
	out("late\n");
	log_write(&w, LOG_STDOUT, "early\n", 6, STAMP - 3600000000000ll);
	log_close(&w);
	CHECK_INT(log_read(dir, &q, NULL), 0);
	CHECK_INT(times[1], STAMP - 3600000000000ll);
	dir_end(dir);
}

TEST(no_log_is_an_empty_log)
{
	int dir = dir_make();
	struct got g = read_all(dir, -1);

	CHECK_INT(g.n, 0);
	dir_end(dir);
}

static bool writer_lives(void *arg)
{
	struct got *g = arg;

	return g->writer && waitpid(g->writer, NULL, WNOHANG) == 0;
}

/* A child writes `lines` numbered lines over rotating files, starting late. */
static pid_t writer_fork(int dir, int lines, int64_t size, int files)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	clock_sleep_ms(20);
	writer_open(dir, size, files);
	for (int i = 0; i < lines; i++) {
		char line[32];

		sprintf(line, "%d\n", i);
		log_write(&w, LOG_STDOUT, line, strlen(line), STAMP);
		if (i % 1000 == 0)
			clock_sleep_ms(1);
	}
	log_close(&w);
	_exit(0);
}

TEST(C111_Z87_following_over_rotations_loses_and_repeats_nothing)
{
	struct got g = { .text = STR_INIT };
	struct log_query q = { .tail = -1, .follow = true, .alive = writer_lives, .entry = take, .arg = &g };
	int dir = dir_make();
	const char *p;

	g.writer = writer_fork(dir, 20000, 8000, 255);
	CHECK_INT(log_read(dir, &q, NULL), 0);
	CHECK_INT(g.n, 20000);
	p = g.text.s;
	for (int i = 0; i < 20000; i++, p = strchr(p, '\n') + 1)
		CHECK_INT(atoi(p), i);
	dir_end(dir);
}

TEST(Z87_a_follower_too_slow_for_the_rotation_goes_on_in_order)
{
	struct got g = { .text = STR_INIT };
	struct log_query q = { .tail = -1, .follow = true, .alive = writer_lives, .entry = take, .arg = &g };
	int dir = dir_make(), last = -1;

	g.writer = writer_fork(dir, 30000, 1000, 2);
	CHECK_INT(log_read(dir, &q, NULL), 0);
	for (char *p = g.text.s; *p; p = strchr(p, '\n') + 1) {
		CHECK(atoi(p) > last);
		last = atoi(p);
	}
	CHECK_INT(last, 29999);
	dir_end(dir);
}

TEST(readers_beside_a_rotating_writer_see_no_gap)
{
	int dir = dir_make();
	pid_t pid = writer_fork(dir, 20000, 2000, 4);

	clock_sleep_ms(30);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		struct got g = read_all(dir, -1);
		int want = atoi(g.text.s);

		for (char *p = g.text.s; *p; p = strchr(p, '\n') + 1)
			CHECK_INT(atoi(p), want++);
		str_release(&g.text);
	}
	dir_end(dir);
}

/* --- options ------------------------------------------------------------------- */

static struct container box(struct arena *mem, const char *const *opts)
{
	struct container c = { .name = "t1", .image_id = "sha256:0123456789abcdef" };

	memset(c.id, 'a', CONTAINER_ID_LEN);
	c.config = (struct container_config){ .log_driver = "", .image = "bb" };
	for (; *opts; opts++)
		strv_add(&c.config.log_opts, *opts, mem);
	return c;
}

TEST(log_options_are_Dockers_and_so_are_their_errors)
{
	static const struct {
		const char *opts[4], *error;
		int64_t size;
		int files;
	} table[] = {
		{ { 0 }, "", 1 << 20, 3 },
		{ { "max-size=10m" }, "", 10000000, 1 },
		{ { "max-size=1.5kb", "max-file=4" }, "", 1500, 4 },
		{ { "max-size=-1" }, "", -1, 1 },
		{ { "max-file=5" }, "", 1 << 20, 5 },
		{ { "mode=non-blocking", "max-buffer-size=4m", "compress=false" }, "", 1 << 20, 3 },
		{ { "foo=1" }, "unknown log opt 'foo' for json-file log driver", 0, 0 },
		{ { "mode=x" }, "logger: logging mode not supported: x", 0, 0 },
		{ { "max-buffer-size=1m" },
			"logger: max-buffer-size option is only supported with 'mode=non-blocking'", 0, 0 },
		{ { "mode=non-blocking", "max-buffer-size=x" },
			"error parsing option max-buffer-size: invalid size: 'x'", 0, 0 },
		{ { "max-size=x" }, "invalid size: 'x'", 0, 0 },
		{ { "max-size=-5" }, "invalid size: '-5'", 0, 0 },
		{ { "max-size=0" }, "max-size must be a positive number", 0, 0 },
		{ { "max-size=5", "max-file=0" }, "max-file cannot be less than 1", 0, 0 },
		{ { "max-size=5", "max-file=x" }, "strconv.Atoi: parsing \"x\": invalid syntax", 0, 0 },
		{ { "tag={{" }, "template: log-tag:1: unclosed action", 0, 0 },
		{ { "tag={{.Foo}}" }, "template: log-tag:1:2: executing \"log-tag\" at <.Foo>: can't "
				      "evaluate field Foo in type *logger.Info",
			0, 0 },
		{ { "compress=true" },
			"compress cannot be true when max-file is less than 2 or max-size is not set", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		auto_arena struct arena mem = { 0 };
		struct container c = box(&mem, table[i].opts);
		struct log_config got;
		struct err e = { 0 };
		int rc = log_config_make(&c, &mem, &got, &e);
		const char *msg = strstr(e.msg, "driver: ");

		CHECK_STR(msg ? msg + 8 : e.msg, table[i].error);
		CHECK_INT(rc, *table[i].error ? -EINVAL : 0);
		if (rc < 0)
			continue;
		CHECK_INT(got.max_size, table[i].size);
		CHECK_INT(got.max_file, table[i].files);
	}
}

TEST(a_driver_we_do_not_have_is_named)
{
	struct container_config c = { .log_driver = "foo" };
	struct err e;

	CHECK_INT(log_config_check(&c, &e), -EINVAL);
	CHECK_STR(e.msg, "error looking up logging plugin foo: plugin \"foo\" not found");
	c.log_driver = "none";
	CHECK_INT(log_config_check(&c, &e), 0);
}

TEST(C110_details_are_labels_environment_and_tag)
{
	static const char *const opts[] = { "labels=b,a,none", "env=X", "tag={{.ID}}/{{ .Name }}", NULL };
	auto_arena struct arena mem = { 0 };
	auto_str struct str details = STR_INIT;
	struct container c = box(&mem, opts);
	struct log_config config;
	struct log_entry entry;
	int dir = dir_make();
	struct str line = STR_INIT;

	strv_add(&c.config.labels, "a=1", &mem);
	strv_add(&c.config.labels, "b=x y&=,\"", &mem);
	strv_add(&c.config.env, "X=5", &mem);
	CHECK_INT(log_config_make(&c, &mem, &config, NULL), 0);
	CHECK_STR(config.attrs, "{\"X\":\"5\",\"a\":\"1\",\"b\":\"x y\\u0026=,\\\"\",\"tag\":\"aaaaaaaaaaaa/t1\"}");
	memset(&w, 0, sizeof(w));
	CHECK_INT(log_open(&w, dir, &config, NULL), 0);
	out("hi\n");
	log_close(&w);
	CHECK_INT(file_read_at(dir, "log.json", 1000, &line, NULL), 0);
	CHECK_STR(line.s, "{\"log\":\"hi\\n\",\"stream\":\"stdout\",\"attrs\":{\"X\":\"5\",\"a\":\"1\",\"b\":"
			  "\"x y\\u0026=,\\\"\",\"tag\":\"aaaaaaaaaaaa/t1\"},\"time\":\"2026-11-20T13:43:09.123Z\"}\n");
	CHECK_INT(log_parse(line.s, line.len - 1, &entry), 0);
	log_details(&entry, &details);
	CHECK_STR(details.s, "X=5,a=1,b=x+y%26%3D%2C%22,tag=aaaaaaaaaaaa%2Ft1");
	dir_end(dir);
}

UNIT_MAIN
