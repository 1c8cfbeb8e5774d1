#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# DKMS adds, builds, installs and removes the module by dkms.conf, and refuses
# kernels that it is not for. Runs on the host: in directories of its own, not
# in the machine's /usr/src, /var/lib/dkms or /lib/modules. KDIR names the
# kernel headers, else those of the kernel that the tests boot.
set -eu

cd "$(dirname "$(readlink -f "$0")")/../.."
top=$PWD
# shellcheck source=SCRIPTDIR/ktap.sh
. selftests/host/ktap.sh
version=$(cat VERSION)

echo "KTAP version 1"

skip() {
	echo "1..0 # SKIP $*"
	exit 4
}

[ "$(id -u)" = 0 ] || skip "DKMS wants root"
command -v dkms >/dev/null || skip "dkms is missing: apt-get install --no-install-recommends dkms"
if [ -z "${KDIR:-}" ]; then
	KDIR=$(eval "$("$top/scripts/kernel" 2>/dev/null)" && echo "${KBUILD:-}") || :
fi
kver=$(sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' \
	"$KDIR/include/generated/utsrelease.h" 2>/dev/null) || :
[ -n "$kver" ] || skip "no kernel headers"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
LOGS=("$tmp/dkms/macnat/$version/build/make.log")
src=$tmp/src/macnat-$version
mkdir -p "$src" "$tmp/dkms" "$tmp/modules/$kver" "$tmp/modules/5.10.0-1-amd64"
tar -c --exclude='*.o' --exclude='*.ko' --exclude='*.mod*' --exclude='.*.cmd' \
	dkms.conf VERSION Kbuild kmod include | tar -x -C "$src"

# A key for signing goes where DKMS is told to, else into /var/lib/dkms.
export mok_signing_key=$tmp/mok.key mok_certificate=$tmp/mok.pub

# dkms_run COMMAND ARG...: with trees of our own; output in $tmp/log
dkms_run() {
	local command=$1

	shift
	dkms "$command" -m macnat -v "$version" --dkmstree "$tmp/dkms" --sourcetree "$tmp/src" \
		--installtree "$tmp/modules" --no-depmod "$@" >"$tmp/log" 2>&1
}

added() {
	dkms_run add
	[ -e "$tmp/dkms/macnat/$version/source/dkms.conf" ]
}

built() {
	dkms_run build -k "$kver" --kernelsourcedir "$KDIR"
	[ -n "$(find "$tmp/dkms/macnat/$version/$kver" -name 'macnat.ko*')" ]
}

installed() {
	dkms_run install -k "$kver" --kernelsourcedir "$KDIR"
	local ko

	ko=$(find "$tmp/modules/$kver/updates/dkms" -name 'macnat.ko*')
	[ "$(modinfo -F version "$ko")" = "$version" ]
	[ "$(modinfo -F vermagic "$ko" | cut -d ' ' -f 1)" = "$kver" ]
}

refused_kernel() {
	local rc=0

	dkms_run build -k 5.10.0-1-amd64 --kernelsourcedir "$KDIR" || rc=$?
	[ $rc = 77 ]
}

refused_config() {
	local option rc

	mkdir -p "$tmp/headers" "$tmp/modules/6.99.0"
	cp "$KDIR/Makefile" "$tmp/headers/"
	ln -s "$KDIR/include" "$tmp/headers/include"
	for option in 64BIT INET NETFILTER_INGRESS NETFILTER_EGRESS; do
		grep -v "CONFIG_$option=" "$KDIR/.config" >"$tmp/headers/.config"
		rc=0
		dkms_run build -k 6.99.0 --kernelsourcedir "$tmp/headers" || rc=$?
		[ $rc = 77 ] || return 1
	done
}

accepted() {
	local BUILD_EXCLUSIVE_KERNEL=
	local ver

	# shellcheck disable=SC2034,SC2154 # what DKMS sets and reads
	kernel_source_dir=/ kernelver=$kver dkms_tree=/
	# shellcheck source=/dev/null
	. "$src/dkms.conf"
	for ver in 6.1.0-47-cloud-amd64 6.12.9+deb12-amd64 6.1 6.1.99 7.0-rc1 7.2.3+deb14 10.0.1; do
		[[ $ver =~ $BUILD_EXCLUSIVE_KERNEL ]] || { echo "$ver refused" >"$tmp/log"; return 1; }
	done
	for ver in 5.10.0-30-amd64 6.0.12 4.19.0 6.0-rc1 3.16.0; do
		[[ ! $ver =~ $BUILD_EXCLUSIVE_KERNEL ]] || { echo "$ver accepted" >"$tmp/log"; return 1; }
	done
}

removed() {
	dkms_run remove --all
	[ -z "$(find "$tmp/dkms" "$tmp/modules" -name 'macnat*')" ]
}

tests="added built installed refused_kernel refused_config accepted removed"
# shellcheck disable=SC2086 # a list of words
set -- $tests
echo "1..$#"
for name; do
	result "$name" "$name"
done
echo "$((number - failed)) passed, $failed failed, 0 skipped"
[ $failed = 0 ]
