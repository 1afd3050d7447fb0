# SPDX-License-Identifier: BSD-2-Clause
# Sourced by fetch: apt with state, sources and cache of its own, in a folder that is thrown away.
# shellcheck shell=bash

# mirror RELEASE: where the machine's own apt gets that release from, if it does.
mirror() {
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		awk -v release="$1" '$1 == release { print $2; exit }'
}

# sources SUITE...: one line each, on the machine's mirror.
sources() {
	local codename main security suite from
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	main=$(mirror "$codename")
	security=$(mirror "$codename-security")
	for suite in "$@"; do
		from=${main:-http://deb.debian.org/debian}
		case $suite in
		*-security) from=${security:-http://deb.debian.org/debian-security} ;;
		esac
		echo "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
			"$from $suite main"
	done
}

# apt_open DIR SUITE...: makes the private apt in DIR and reads the suites' indexes; false without
# network.
apt_open() {
	apt_dir=$1
	shift
	mkdir -p "$apt_dir"/{lists,cache/archives}/partial
	: >"$apt_dir/status"
	sources "$@" >"$apt_dir/sources.list"
	cat >"$apt_dir/apt.conf" <<-CONF
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; };
		APT::Sandbox::User "$(id -un)";
		APT::Update::Error-Mode "any";
		Acquire::Languages "none";
		Acquire::Retries "2";
		Acquire::http::Timeout "20";
		Dir::State "$apt_dir";
		Dir::State::lists "lists";
		Dir::State::status "$apt_dir/status";
		Dir::Cache "$apt_dir/cache";
		Dir::Etc::sourcelist "$apt_dir/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear DPkg::Pre-Invoke;
		#clear DPkg::Post-Invoke;
	CONF
	private apt-get update -qq
}

# private apt-get|apt-cache ARGUMENT...
private() {
	local program=$1
	shift
	timeout 600 "$program" -c "$apt_dir/apt.conf" "$@"
}
