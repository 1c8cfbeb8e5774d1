#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The Debian packages: they build and lintian likes them; then, in each of these systems, they are
# installed, DKMS builds the module, also when a newer kernel comes and when macnat is upgraded, and
# all is gone without a trace when they are purged.
#
#	selftests/host/test_packages.sh [this | bookworm | trixie]...	(default: this)
#
# `this` is the machine's own system as it is, which must be Debian 12; the others are made by
# scripts/debian-root. All of them are lower layers of an overlay in a tmpfs: nothing is left of
# what is done here, on this machine least of all. The others' modules are loaded, too, in QEMU.
set -eu

cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=SCRIPTDIR/ktap.sh
. selftests/host/ktap.sh
version=$(cat VERSION)
next=$version.1		# what is upgraded to
old=5.10.0-1-amd64	# what is no kernel for macnat
export PATH=$PATH:/usr/sbin:/sbin

skip() {
	echo "KTAP version 1"
	echo "1..0 # SKIP $*"
	exit 4
}

[ "$(id -u)" = 0 ] || skip "apt wants root"
# mounts that end with this process
if [ "${MACNAT_MOUNTS:-}" != private ]; then
	MACNAT_MOUNTS=private exec unshare --mount "$0" "$@"
fi
tmp=$(mktemp -d)
echo "KTAP version 1"
trap 'umount -R "$tmp" 2>/dev/null; rm -rf "$tmp"' EXIT
mount -t tmpfs -o mode=755 packages "$tmp"

# in_root COMMAND ARG...: in the system under test; what it says goes to the log
in_root() {
	scripts/in-root "$root" -- env PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
		DEBIAN_FRONTEND=noninteractive INITRD=No "$@" >>"$tmp/log" 2>&1
}

# says COMMAND ARG...: in the system under test; what it says is our stdout
says() {
	scripts/in-root "$root" -- env PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "$@" 2>>"$tmp/log"
}

apt() {
	in_root apt-get -q -y -o Dpkg::Use-Pty=0 --no-install-recommends "$@"
}

# Mounts system NAME's tree: what is in LOWER, and what has been written into it
mount_overlay() {
	mkdir -p "$1" "$1.upper" "$1.work"
	mount -t overlay -o "lowerdir=$2,upperdir=$1.upper,workdir=$1.work" overlay "$1"
}

# Sets up a system to try the packages in, and what the tests know of it: $root, what it was ($base),
# what has been written ($upper), its kernel
enter() {
	local lower

	case $1 in
	this)
		lower=/
		kver=$(uname -r)
		[ -e "/lib/modules/$kver/build" ] ||
			kver=$(cd /lib/modules && printf '%s\n' */build | sort -V | tail -n 1)
		kver=${kver%/build}
		;;
	*)
		lower=$(scripts/debian-root "$1") || return
		kver=$(sed -n 's/^KVER=//p' "$lower/.kernels")
		newer=$(sed -n 's/^NEWER=//p' "$lower/.kernels")
		vmlinuz=$lower/boot/vmlinuz-$kver
		;;
	esac
	base=$tmp/$1-base root=$base
	mount_overlay "$base" "$lower" || return
	: >"$tmp/log"
	# headers without their kernel have no index yet
	in_root depmod "$kver"
	mkdir -m 755 "$root/debs"
	cp "$tmp"/packages/*.deb "$tmp"/next/*.deb "$root/debs"
	umount "$base" && mount -t overlay -o "lowerdir=$base.upper:$lower" overlay "$base" || return
	root=$tmp/$1 upper=$tmp/$1.upper
	mount_overlay "$root" "$base.upper:$lower"
}

# modules VERSION KERNEL...: DKMS has it, of that version, for these kernels and no others
modules() {
	local want=$1 kernel ko

	shift
	diff <(says dkms status macnat | sort) \
		<(for kernel; do echo "macnat/$want, $kernel, x86_64: installed"; done | sort) >>"$tmp/log"
	[ "$(find "$root"/usr/lib/modules -name 'macnat.ko*' | wc -l)" = $# ]
	for kernel; do
		ko=$(echo "$root/usr/lib/modules/$kernel/updates/dkms"/macnat.ko*)
		[ "$(modinfo -F version "$ko")" = "$want" ]
		[ "$(modinfo -F vermagic "$ko" | cut -d ' ' -f 1)" = "$kernel" ]
		grep -q '^updates/dkms/macnat\.ko' "$root/usr/lib/modules/$kernel/modules.dep"
	done
}

installed() {
	apt install "/debs/macnat_${version}_amd64.deb" "/debs/macnat-dkms_${version}_all.deb"
	[ "$(says macnat -V)" = "macnat tool $version, module not loaded" ]
	in_root systemd-analyze verify --man=no macnat@eth0.service
	# nothing is enabled, configured or loaded at boot
	[ -z "$(find "$root"/etc -newer "$root/debs" -name '*macnat*')" ]
}

built() {
	modules "$version" "$kver"
}

# DKMS has made a key, and the modules are signed with it
signed() {
	local kernel ko

	[ -e "$root/var/lib/dkms/mok.pub" ]
	for kernel in "$kver" ${newer:+"$newer"}; do
		ko=$(echo "$root/usr/lib/modules/$kernel/updates/dkms"/macnat.ko*)
		[ "$(modinfo -F signer "$ko")" = "DKMS module signing key" ]
	done
}

# make_sign_fails SENTENCE ARG...
make_sign_fails() {
	local want=$1

	shift
	if make -s -C "$tmp/tree" sign "$@" 2>"$tmp/errors"; then
		return 1
	fi
	grep -qF "macnat: $want" "$tmp/errors"
}

# what `make sign` signs, modinfo tells
make_sign() {
	local tree=$tmp/tree kdir=/lib/modules/$kver/build ko key=$tmp/key.pem cert=$tmp/cert.pem

	mkdir -p "$tree/kmod"
	cp -r Makefile scripts "$tree"
	make_sign_fails "name the private key" KDIR="$kdir"
	make_sign_fails "cannot read the private key" KDIR="$kdir" KEY="$key" CERT="$cert"
	openssl req -new -x509 -newkey rsa:2048 -nodes -days 1 -subj "/CN=macnat selftest/" \
		-keyout "$key" -out "$cert" 2>>"$tmp/log"
	make_sign_fails "no kmod/macnat.ko" KDIR="$kdir" KEY="$key" CERT="$cert"
	ko=$(echo "$root/usr/lib/modules/$kver/updates/dkms"/macnat.ko*)
	# without DKMS's signature
	strip --strip-debug -o "$tree/kmod/macnat.ko" "$ko"
	[ -z "$(modinfo -F signer "$tree/kmod/macnat.ko")" ]
	make_sign_fails "no scripts/sign-file in $tmp" KDIR="$tmp" KEY="$key" CERT="$cert"
	make -s -C "$tree" sign KDIR="$kdir" KEY="$key" CERT="$cert" >>"$tmp/log" 2>&1
	[ "$(modinfo -F signer "$tree/kmod/macnat.ko")" = "macnat selftest" ]
	[ "$(modinfo -F sig_hashalgo "$tree/kmod/macnat.ko")" = sha256 ]
}

# refused STATUS COMMAND...: a kernel below the floor is, by that command, in one sentence
refused() {
	local want=$1 rc=0 dir=$root/usr/lib/modules/$old

	shift
	mkdir "$dir"
	ln -s "$(readlink -f "$root/usr/lib/modules/$kver/build" | sed "s,^$root,,")" "$dir/build"
	: >"$tmp/log"
	in_root "$@" || rc=$?
	rm -r "$dir"
	[ "$rc" = "$want" ]
	[ "$(grep -cxF "macnat: Linux $old is too old: macnat needs 6.1 or newer" "$tmp/log")" = 1 ]
	modules "$version" "$kver"
}

floor() {
	refused 77 dkms build -m macnat -v "$version" -k "$old"
	refused 77 dkms install -m macnat -v "$version" -k "$old"
}

# ... and when it is installed, too; Debian 12's DKMS takes a module that it refuses for one that failed
floor_kernel() {
	local want=0

	[[ $(says dkms --version) != dkms-3.0.* ]] || want=11
	refused "$want" /etc/kernel/header_postinst.d/dkms "$old"
}

# In a guest that is this system: its modprobe finds the module, its kernel takes it, its tool talks
# to it
loads() {
	tar -C "$root" --exclude='./usr/lib/modules/*/kernel' --exclude='./usr/lib/gcc*' -cf "$tmp/root.tar" \
		./bin ./lib ./lib64 ./sbin ./etc ./usr/bin ./usr/sbin ./usr/lib ./usr/lib64 ./var/lib/dpkg
	cp selftests/host/packages-guest "$tmp"
	# one CPU: a QEMU before 8.1 that emulates more is not safe while the kernel patches its code
	selftests/qemu/boot --kernel "$vmlinuz" --cpus 1 --mem 2048 --file "$tmp/root.tar" \
		--file "$tmp/packages-guest" -- /files/packages-guest "$version" >>"$tmp/log" 2>&1
}

kernel_upgraded() {
	apt install "linux-image-$newer" "linux-headers-$newer"
	modules "$version" "$kver" "$newer"
}

upgraded() {
	# an operator's choice
	in_root systemctl enable macnat@eth0.service
	mkdir "$root/etc/macnat"
	echo 'OPTIONS="learn on guard drop"' >"$root/etc/macnat/eth0.conf"
	# the newest kernel runs, the other is what the machine may fall back to
	mkdir "$root/tmp/bin"
	printf '%s\n' '#!/bin/sh' "[ \"\$*\" != -r ] || exec echo ${newer:-$kver}" "exec /bin/uname \"\$@\"" \
		>"$root/tmp/bin/uname"
	chmod +x "$root/tmp/bin/uname"
	apt -o DPkg::Path=/tmp/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		install "/debs/macnat_${next}_amd64.deb" "/debs/macnat-dkms_${next}_all.deb"
	rm -r "$root/tmp/bin"
	modules "$next" "$kver" ${newer:+"$newer"}
	[ ! -e "$root/usr/src/macnat-$version" ]
	[ "$(says macnat -V)" = "macnat tool $next, module not loaded" ]
}

removed() {
	apt remove macnat macnat-dkms
	[ -z "$(find "$root"/usr/{lib/modules,sbin,share/man,src} "$root/var/lib/dkms" -name '*macnat*')" ]
	if grep macnat "$root"/usr/lib/modules/*/modules.dep >>"$tmp/log"; then
		return 1
	fi
	# configuration goes when the package is purged
	[ -L "$root/etc/systemd/system/sys-subsystem-net-devices-eth0.device.wants/macnat@eth0.service" ]
	[ -e "$root/etc/macnat/eth0.conf" ]
}

# names DIR: what is in there but for DKMS's key, which is the machine's and may be known to its
# firmware by now
names() {
	find "$1" -mindepth 1 -maxdepth 1 ! -path '*/var/lib/dkms/mok.*' -printf '%f\n' | sort
}

# Nothing has come, gone or changed but for the books of apt and dpkg
purged() {
	local path kernel

	apt purge macnat macnat-dkms
	if [ -n "$newer" ]; then
		# apt takes no part of a kernel for superfluous
		mapfile -t kernel < <(says dpkg-query -W -f "\${Package}\n" "linux-*-$newer")
		apt purge --autoremove "${kernel[@]}"
	fi
	while read -r path; do
		case $path in
		run/* | tmp/* | var/cache/* | var/log/* | var/lib/apt/* | var/lib/dpkg/*) continue ;;
		esac
		if [ -d "$upper/$path" ]; then
			diff --label before --label after -U 0 <(names "$base/$path") <(names "$root/$path") ||
				echo "... in /$path"
		elif [ -e "$base/$path" ]; then
			cmp "$base/$path" "$root/$path"
		fi
	done < <(cd "$upper" && find . -printf '%P\n') >"$tmp/traces" 2>&1 || :
	head -n 50 "$tmp/traces" >>"$tmp/log"
	[ ! -s "$tmp/traces" ]
	if grep -r macnat "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/status" >>"$tmp/log"; then
		return 1
	fi
}

packages_build() {
	scripts/packages "$tmp/packages" >"$tmp/log" 2>&1
}

packages_of_next_version() {
	scripts/packages --version "$next" "$tmp/next" >"$tmp/log" 2>&1
}

packages_reproducible() {
	scripts/packages --version "$version" "$tmp/again" >"$tmp/log" 2>&1
	(cd "$tmp/packages" && sha256sum -- *.deb *.dsc) | (cd "$tmp/again" && sha256sum -c) >>"$tmp/log"
}

# rpmbuild takes the spec, and both kinds of package have the same files
rpms_build() {
	local package

	scripts/packages --rpm "$tmp/rpms" >"$tmp/log" 2>&1
	mkdir "$tmp/of-rpm" "$tmp/of-deb"
	for package in "$tmp"/rpms/*.rpm; do
		[ "$(rpm -qp --qf '%{VERSION}' "$package")" = "$version" ]
		rpm2cpio "$package" | (cd "$tmp/of-rpm" && cpio -id --quiet)
	done
	for package in "$tmp/packages"/macnat{,-dkms}_*.deb; do
		dpkg-deb -x "$package" "$tmp/of-deb"
	done
	# what each distribution adds, or compresses, in its own way
	rm -r "$tmp"/of-*/usr/share/{doc,licenses,lintian,man} "$tmp/of-rpm/usr/lib/.build-id" 2>/dev/null || :
	rm "$tmp"/of-*/usr/sbin/macnat
	diff -r "$tmp/of-deb" "$tmp/of-rpm" >>"$tmp/log"
}

[ $# != 0 ] || set -- this
common="packages_build packages_of_next_version packages_reproducible rpms_build"
tests="installed built signed make_sign floor floor_kernel upgraded removed purged"
more="installed built loads floor floor_kernel kernel_upgraded signed upgraded removed purged"
for name in $common; do
	result "$name" "$name"
done
for system; do
	newer=''
	if ! enter "$system"; then
		result "$system" false
		continue
	fi
	for name in $([ "$system" = this ] && echo "$tests" || echo "$more"); do
		result "$system: $name" "$name"
	done
done
echo "1..$number"
echo "$((number - failed)) passed, $failed failed, 0 skipped"
[ $failed = 0 ]
