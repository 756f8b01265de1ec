# make && make test                              (make help says the rest)
VERSION	:= 0.1.0
V	?= 0
Q	:= $(if $(filter 0,$(V)),@)
say	= $(if $(filter 0,$(V)),@printf '  %-7s %s\n' $(1) $(2))

# --- whose compiler, which directory --------------------------------------
# CROSS=aarch64-linux-gnu- builds for another machine, SAN=1 with the sanitizers and the
# host's libc. Everything made goes below B; what is the same for all is in build/gen.
CROSS	?=
HOSTCC	?= cc
ifeq ($(origin CC),default)
CC	:= $(CROSS)gcc
endif
TARGET	:= $(if $(SAN),host,$(subst -pc-,-,$(shell $(CC) -dumpmachine 2>/dev/null)))
ARCH	:= $(firstword $(subst -, ,$(TARGET)))
B	?= build$(if $(SAN),/san,$(if $(CROSS),/$(TARGET)))
PROG	:= $(if $(filter build,$(B)),coracle,$(if $(CROSS),coracle-$(ARCH),$(B)/coracle))
GEN	:= build/gen
DEPS	:= build/vendor/$(TARGET)

# --- flags ----------------------------------------------------------------
# CFLAGS and LDFLAGS are the builder's; what the code needs is in ALL_*.
accepts	= $(shell echo | $(CC) -Werror $(1) -x c -c -o /dev/null - 2>/dev/null && echo $(1))
ifeq ($(origin CFLAGS),undefined)
CFLAGS	:= $(or $(call accepts,-Oz),-Os) -g
endif
ifndef SAN
LIBC	:= -nostdinc -isystem $(DEPS)/include -isystem $(shell $(CC) -print-file-name=include 2>/dev/null)
HARDEN	:= -fPIE -fstack-protector-strong $(call accepts,-fcf-protection=none)
RELR_x86_64 := ,-z,pack-relative-relocs
comma	:= ,
STATIC	= -nostdlib -Wl,-static,--no-dynamic-linker,-z,text,-z,relro,-z,now,-z,noexecstack$(RELR_$(ARCH)) \
	-Wl,--exclude-libs,ALL$(if $(CONFIG_PACKED),$(comma)-z$(comma)noseparate-code) \
	$(addprefix $(DEPS)/lib/,$(1) crti.o)
END	:= -Wl,--start-group -lc $(shell $(CC) -print-libgcc-file-name 2>/dev/null) -Wl,--end-group $(DEPS)/lib/crtn.o
else
LIBC	:= -isystem $(DEPS)/include
HARDEN	:= $(if $(filter fuzz,$(SAN)),-fsanitize=fuzzer-no-link) -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
STATIC	= $(HARDEN)
endif
WARN	:= -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -I. $(LIBC) -ffunction-sections -fdata-sections \
	-fno-asynchronous-unwind-tables -fvisibility=hidden $(HARDEN) $(WARN) $(CFLAGS)
LINK	= $(CC) -pie -Wl,--gc-sections $(call STATIC,rcrt1.o) $(LDFLAGS) -L$(DEPS)/lib

# --- what is built --------------------------------------------------------
SRC	:= $(sort $(filter-out core/kern/seccomp_gen.c,$(wildcard core/*/*.c applets/*.c applets/*/*.c)))
ifneq ($(filter-out setup fetch demo help clean distclean,$(or $(MAKECMDGOALS),all)),)
ifneq ($(shell sh configs/gen.sh $(VERSION) $(SRC) >&2 || echo failed),)
$(error configs/gen.sh failed)
endif
include .config $(GEN)/objects.mk
endif
OBJ	:= $(SRCS:%.c=$(B)/%.o)
# Where the time goes: worth more bytes.
HOT	:= core/fmt/sha256 core/engine/log
$(HOT:%=$(B)/%.o): ALL_CFLAGS += -O2
# Programs of their own that go into containers; coracle carries them as bytes.
GUESTS	:= stub hello
EXTRA	:= $(GUESTS:%=$(B)/gen/%.o)
CORE	:= $(filter $(B)/core/%,$(OBJ)) $(EXTRA)
SECCOMP	:= $(GEN)/seccomp_default.h $(GEN)/seccomp_calls.h

VENDOR	:= bearssl jansson $(if $(CONFIG_GZIP),isal) $(if $(CONFIG_ZSTD),zstd) libseccomp $(if $(CONFIG_COMPOSE),libyaml)
LIBS	= $(patsubst lib%,-l%,$(addprefix lib,$(VENDOR:lib%=%)))
# The name of a stamp has a checksum of recipe and flags in it: a changed recipe is a new stamp.
stamp	= build/vendor/$(1)/$(2)-$(shell sed -n '/^flags()/,/^# headers/p' vendor/build.sh | \
	cat - vendor/$(2).recipe | cksum | cut -d' ' -f1).done
LIBC_STAMP := $(if $(SAN),,$(call stamp,$(TARGET),musl))
HOST_STAMP := $(call stamp,host,libseccomp)
STAMPS	:= $(foreach v,$(VENDOR),$(call stamp,$(TARGET),$(v)))

# Other flags than last time: everything is made anew.
FLAGS	:= $(CC) $(ALL_CFLAGS) / $(LINK)
ifneq ($(strip $(file <$(B)/flags)),$(strip $(FLAGS)))
$(shell mkdir -p $(B))$(file >$(B)/flags,$(FLAGS))
endif

all: $(PROG)
$(PROG): $(B)/coracle.debug
	$(Q)$(CROSS)strip -o $@ $<

$(B)/coracle.debug: $(OBJ) $(EXTRA)
	$(call say,LINK,$(PROG))
	$(Q)$(LINK) -Wl,-Map=$(B)/coracle.map -o $@ $^ $(LIBS) $(END)

$(B)/%.o: %.c $(B)/flags $(LIBC_STAMP) $(STAMPS) | $(SECCOMP)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/libcore.a: $(CORE)
	$(Q)rm -f $@ && $(CROSS)ar rcD $@ $^

$(foreach g,$(GUESTS),$(eval $(B)/$(g): $(wildcard core/engine/$(g)/*.c)))
$(GUESTS:%=$(B)/%): $(wildcard core/engine/stub*.h) $(B)/flags $(LIBC_STAMP)
	$(call say,LINK,$@)
	$(Q)$(CC) $(filter-out $(HARDEN),$(ALL_CFLAGS)) -no-pie $(if $(SAN),-static,$(call STATIC,crt1.o)) \
		-fno-pie -fstack-protector-strong -Wl,--gc-sections,--build-id=none,-z,noseparate-code,-z,norelro -s -o $@ $(filter %.c,$^) \
		-L$(DEPS)/lib $(END)
$(GUESTS:%=$(B)/gen/%.c): $(B)/gen/%.c: $(B)/%
	@mkdir -p $(@D)
	$(Q){ echo '#include "core/engine/$*.h"'; echo 'const unsigned char $*_elf[] = {'; \
		od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g'; echo '};'; \
		echo 'const size_t $*_elf_len = sizeof($*_elf);'; } > $@
$(EXTRA): $(B)/gen/%.o: $(B)/gen/%.c
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# The default seccomp profile as BPF, and the numbers of the calls, for every machine we build
# for, made on this one.
build/host/seccomp_gen: core/kern/seccomp_gen.c $(HOST_STAMP)
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)
	$(Q)$(HOSTCC) -std=gnu11 -D_GNU_SOURCE -I. -isystem build/vendor/host/include $(WARN) -O1 -MMD \
		-o $@ $< build/vendor/host/lib/libseccomp.a
$(GEN)/seccomp_calls.h: N := -n
$(SECCOMP): build/host/seccomp_gen
	$(Q){ for a in x86_64:x86_64__ aarch64:aarch64__ arm:arm__ riscv64:riscv; do \
		echo "#$${el}if defined(__$${a#*:})"; $< $(N) $${a%:*} || exit 1; el=el; \
		done; echo '#endif'; } > $@.new && mv $@.new $@

# --- dependencies ---------------------------------------------------------
$(sort $(LIBC_STAMP) $(STAMPS) $(HOST_STAMP)): build/vendor/%.done: | vendor/cache
	$(call say,VENDOR,$*)
	+$(Q)t=$(*D); n=$(*F); n=$${n%-*}; \
		CC=$$([ $$t = host ] && echo $(HOSTCC) || echo $(CROSS)gcc) CROSS=$(CROSS) \
		sh vendor/build.sh $$n $$t $(CURDIR)/$@
vendor/cache:
	$(Q)mkdir -p $@
$(STAMPS): $(LIBC_STAMP)
fetch:
	$(Q)for r in vendor/*.recipe; do n=$${r#vendor/}; sh vendor/build.sh $${n%.recipe} fetch || exit 1; done

# --- configuration --------------------------------------------------------
defconfig:
	$(Q)awk -f configs/kconf.awk $(GEN)/Kconfig > .config
%_defconfig: configs/%_defconfig
	$(Q)awk -f configs/kconf.awk OLD=$< $(GEN)/Kconfig > .config
olddefconfig:	# configs/gen.sh, which runs each time, has done it
	@:
menuconfig nconfig: %config:
	$(Q)kconfig-$(patsubst menu,m,$*)conf $(GEN)/Kconfig
configs/%_defconfig: ;

# --- tests: ALL=1 for every one there is, SAN=1 and CROSS= as above -------
UNIT	:= $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
$(B)/unit/%: tests/unit/%.c $(B)/libcore.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(LINK) $(ALL_CFLAGS) -MMD -MP $$(sed -n 's|^// link: ||p' $<) \
		-o $@ $< $(B)/libcore.a $(LIBS) $(END)

QEMU	:= $(if $(CROSS),qemu-$(ARCH)-static)
SUITES	:= $(if $(SAN),,tests/version.sh) $(if $(CROSS),,$(if $(SAN),,$(if $(ALL),$(wildcard tests/*/run.sh tests/more/*.sh),\
	tests/cli/run.sh)))
test: $(if $(SAN),,$(PROG)) $(UNIT)
	$(if $(ALL),$(Q)sh configs/setup.sh test)
	+$(Q)RUN=$(QEMU) sh tests/run.sh ./$(PROG) $(B)/test $(UNIT) $(filter-out tests/bench/% $(WITHOUT:%=tests/%/run.sh),$(SUITES))
test-cross:
	$(Q)for c in aarch64-linux-gnu- arm-linux-gnueabihf- riscv64-linux-gnu-; do \
		$(MAKE) --no-print-directory CROSS=$$c test || st=1; done; exit $$st
check: $(PROG)
	+$(Q)sh tests/run.sh ./$(PROG) $(B)/test tests/check/run.sh
check-%:
	+$(Q)sh tests/check/$*.sh
format:
	$(Q)sh configs/format.sh
objects: $(OBJ)

# make fuzz T=tar S=60: tests/fuzz/fuzz_tar.c for a minute; what it finds is kept in build/fuzz.
fuzz:
	$(Q)$(MAKE) -s CC=clang SAN=fuzz B=build/fuzz build/fuzz/fuzz_$(T)
	$(Q)mkdir -p build/fuzz/corpus/$(T)
	$(Q)build/fuzz/fuzz_$(T) -max_total_time=$(or $(S),60) -timeout=60 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix=build/fuzz/$(T)- build/fuzz/corpus/$(T) $(wildcard tests/fuzz/seeds/$(T))
build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(B)/libcore.a
	$(Q)$(LINK) -fsanitize=fuzzer $(ALL_CFLAGS) -o $@ $< $(B)/libcore.a $(LIBS)

size: $(PROG)
	$(Q)awk -f configs/size.awk $(B)/coracle.map
sizes: $(PROG)
	$(Q)LINK='$(LINK)' END='$(LIBS) $(END)' sh configs/sizes.sh $(OBJ) $(EXTRA)
bench: $(PROG)
	$(Q)sh tests/bench/run.sh ./$(PROG)
man: $(PROG)
	$(Q)sh configs/man.sh $(CURDIR)/$(PROG) $(CURDIR)/build/man

# --- from nothing ---------------------------------------------------------
setup:
	$(Q)sh configs/setup.sh build test
demo:
	$(Q)sh configs/setup.sh build
	$(Q)$(MAKE) --no-print-directory all
	$(Q)sh tests/demo.sh ./coracle
help:
	@cat configs/help.txt
clean:
	rm -rf $(filter-out build/vendor,$(wildcard build/*)) coracle coracle-*
distclean: clean
	rm -rf build .config vendor/cache
.PHONY: all objects test test-cross check format fuzz size sizes bench man setup demo fetch help clean distclean \
	defconfig olddefconfig menuconfig nconfig
.DELETE_ON_ERROR:
-include $(OBJ:.o=.d) $(UNIT:=.d) build/host/seccomp_gen.d
