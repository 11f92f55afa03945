#!/bin/sh
# Writes older/1.MINOR.mod and older/1.MINOR.sum, by which the oracle is built of another version of the scheduler:
#   tests/conformance/oracle/older/derive.sh 1.36.3
# The version's own list of staging modules says what has to be replaced.
set -eu
version=$1
minor=${version%.*}
cd "$(dirname "$0")/.."
kubernetes=$(cd / && go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
rm -f "older/$minor.sum"
{
	echo "module nodemaint.dev/conformance/oracle"
	echo "go 1.26.0"
	echo "godebug default=go1.26"
	echo "require k8s.io/kubernetes v$version"
	echo "replace ("
	sed -n "s#^\t\(k8s.io/[a-z-]*\) => ./staging/.*#\t\1 => \1 v0.${version#1.}#p" "$kubernetes"
	echo ")"
} >"older/$minor.mod"
# Tidying looks at the files of all minors, also at those that import what this version does not have.
go mod tidy -e -modfile="older/$minor.mod"
