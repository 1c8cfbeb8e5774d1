# SPDX-License-Identifier: GPL-2.0
#
# make			the module (kmod/macnat.ko) and the tool (tools/macnat)
# make sign KEY=K CERT=C	the module, for a kernel that takes only signed ones
# make packages		Debian packages, in build/packages
# make install		both, the manual, bash completion and JSON schemas; DESTDIR, PREFIX
# make check		all tests, in QEMU; needs nothing of this machine's kernel
# make check KERNEL=X	the selftests on another kernel: 6.1, 6.1-generic, 6.12, rt, 7.x, um-debug,
#			x86-debug, x86-kcsan, a version of Debian's, a path
# make check-full	all tests on all of them, or some PARTS: scripts/check --full --list
# make coverage		which lines of kmod/ the selftests run
# make demo		the storm, reproduced and cured, in QEMU
# make bench		what a frame costs, macnat's peers beside it, in QEMU
# make style		all style checks
# make clean
#
# The module is for the running kernel; KERNELRELEASE names another one that is installed here,
# KDIR a kernel build or header directory.

KERNELRELEASE ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KERNELRELEASE)/build
PREFIX ?= /usr/local
DEPMOD ?= depmod

all: module tools

module: check-config
	+$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools:
	+$(MAKE) -C tools

check-config:
	@scripts/check-config $(KDIR)

sign:
	@scripts/sign $(KDIR) '$(KEY)' '$(CERT)' kmod/macnat.ko

packages:
	scripts/packages

install: install-module install-tools

install-module: module
	+$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_DIR=updates \
		$(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) modules_install
	PATH="$$PATH:/usr/sbin:/sbin" $(DEPMOD) $(if $(DESTDIR),-b $(DESTDIR)) $$(scripts/check-config --release $(KDIR))

install-tools:
	+$(MAKE) -C tools install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)

check:
	scripts/check $(if $(KERNEL),--kernel '$(KERNEL)')

check-full:
	scripts/check --full $(PARTS)

coverage:
	scripts/coverage

demo:
	scripts/demo

bench:
	scripts/bench

style:
	scripts/style

clean:
	+$(MAKE) -C tools clean
	+$(MAKE) -C selftests clean
	rm -rf build
	find kmod \( -name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' -o \
		-name '.*.cmd' \) -delete
	rm -f kmod/modules.order kmod/Module.symvers modules.order Module.symvers .*.cmd

.PHONY: all module tools check-config sign packages install install-module \
	install-tools check check-full coverage demo bench style clean
