#!/bin/sh
# Records what the real Docker Compose answers for every directory in fixtures/compose.
#
#   tests/oracles/record.sh DOCKER_COMPOSE_BINARY
#
# DOCKER_COMPOSE_BINARY is the program itself: docker-compose, as the plugin is called. It needs no engine and no network.
#
# A directory is a stack. Beside its Compose files it may hold
#   files      the files, one a line, where they are not compose.yaml and compose.override.yaml
#   default    nothing: Docker Compose is to find the files by itself
#   env-files  the files for --env-file, one a line
#   variables  the variables of the shell, NAME=value, one a line
# The answer is docker.json, or refused.txt with the message. In both, /stacks stands for fixtures/compose. HOME is
# /home/user; no other variable is set. Fixtures whose directory holds neither yet are recorded as well.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: $0 DOCKER_COMPOSE_BINARY" >&2
    exit 2
fi
case $1 in
*/*) program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") ;;
*) program=$(command -v "$1") ;;
esac
root=$(cd "$(dirname "$0")/../../fixtures/compose" && pwd)

"$program" version --short >"$root/VERSION"

for directory in "$root"/*/; do
    directory=${directory%/}
    cd "$directory"
    rm -f docker.json refused.txt
    set -- -f compose.yaml
    [ ! -e compose.override.yaml ] || set -- "$@" -f compose.override.yaml
    if [ -e files ]; then
        set --
        while read -r file; do set -- "$@" -f "$file"; done <files
    fi
    [ ! -e default ] || set --
    if [ -e env-files ]; then
        while read -r file; do set -- "$@" --env-file "$file"; done <env-files
    fi
    set -- "$program" "$@" config --format json
    if [ -e variables ]; then
        while read -r variable; do set -- "$variable" "$@"; done <variables
    fi
    if env -i HOME=/home/user PATH=/usr/bin:/bin "$@" >docker.json.new 2>errors.new; then
        sed "s|$root|/stacks|g" docker.json.new >docker.json
    else
        # Where the program fails altogether, its stack says nothing to us.
        grep -v level=warning errors.new | sed "s|$root|/stacks|g; /^goroutine /,\$d" >refused.txt
    fi
    rm -f docker.json.new errors.new
done
echo "$(ls "$root"/*/docker.json | wc -l) models, $(ls "$root"/*/refused.txt | wc -l) refusals"
