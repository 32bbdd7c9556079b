# shellcheck shell=bash
# What the scripts of the action share. They run in bash 3.2 (macOS) and later, and in the one of Git for Windows.
set -euo pipefail

# The text as the message of a workflow command: no character of it can end the command or begin another one.
escaped() {
    local text=$1
    text=${text//\%/%25}
    text=${text//$'\r'/%0D}
    text=${text//$'\n'/%0A}
    printf '%s' "$text"
}

error() {
    printf '::error title=stacklint::%s\n' "$(escaped "$1")"
}

warning() {
    printf '::warning title=stacklint::%s\n' "$(escaped "$1")"
}

# Ends with the code that stacklint has for a run that failed itself.
fail() {
    error "$1"
    exit 2
}

# Sets an output of the step; a value of several lines would set others.
output() {
    case $2 in
        *[$'\r\n']*) fail "the output $1 would have several lines" ;;
    esac
    printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

# Lines of a list: the lines of a text of several, else its words. Nothing is expanded, and quotes mean nothing.
items() {
    local line
    case $1 in
        *$'\n'*)
            while IFS= read -r line || [ -n "$line" ]; do
                line=${line%$'\r'}
                [ -z "$line" ] || printf '%s\n' "$line"
            done <<<"$1"
            ;;
        *)
            local -a words=()
            read -r -a words <<<"$1" || true
            [ "${#words[@]}" -eq 0 ] || printf '%s\n' "${words[@]}"
            ;;
    esac
}
