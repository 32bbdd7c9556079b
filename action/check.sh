#!/usr/bin/env bash
# Runs `stacklint check` once, with all reports, and says what is to be done with them. Ends with 0 whatever it found:
# result.sh passes the exit code on, after the reports were shown.
# Outputs: exit-code, findings, sarif-file, json-file, markdown-file, annotations-file, checkout-path, upload, annotate.
. "$GITHUB_ACTION_PATH/action/common.sh"

one_of() {
    local name=$1 value=$2 choice
    shift 2
    for choice; do
        [ "$value" != "$choice" ] || return 0
    done
    fail "the input $name is \"$value\" and must be one of: $*"
}
one_of format "$STACKLINT_FORMAT" auto sarif annotations
one_of upload-sarif "$STACKLINT_UPLOAD_SARIF" auto true false
one_of summary "$STACKLINT_SUMMARY" true false

work=$(mktemp -d "$RUNNER_TEMP/stacklint-reports.XXXXXX")
sarif=$work/stacklint.sarif
json=$work/stacklint.json
markdown=$work/summary.md
annotations=$work/annotations.txt

arguments=(check --format full --format "sarif=$sarif" --format "json=$json" --format "markdown=$markdown"
    --format "github=$annotations")
[ -z "$STACKLINT_CONFIG" ] || arguments+=(--config "$STACKLINT_CONFIG")
[ -z "$STACKLINT_FAIL_ON" ] || arguments+=(--fail-on "$STACKLINT_FAIL_ON")
[ -z "$STACKLINT_MIN_SEVERITY" ] || arguments+=(--min-severity "$STACKLINT_MIN_SEVERITY")
while IFS= read -r item; do
    arguments+=("$item")
done < <(items "$STACKLINT_ARGS")
separator=--
while IFS= read -r item; do
    # Behind `--` no path is a flag. Without paths there is none, since a stack described by `-f` excludes paths.
    [ -z "$separator" ] || arguments+=("$separator")
    separator=
    arguments+=("$item")
done < <(items "$STACKLINT_PATHS")

CDPATH='' cd -- "$STACKLINT_DIRECTORY" || fail "the working directory \"$STACKLINT_DIRECTORY\" is not there"

# What it prints quotes files that a stranger may have written, and the runner takes commands from what is printed: until
# the token, which nobody can guess, it takes none.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
[ "${#token}" -eq 32 ] || fail 'there is no randomness to stop workflow commands with'
[ -n "${NO_COLOR:-}" ] || export FORCE_COLOR=1
printf '::stop-commands::%s\n' "$token"
printf 'stacklint'
printf ' %q' "${arguments[@]}"
printf '\n\n'
code=0
"$STACKLINT_BINARY" "${arguments[@]}" 2>&1 || code=$?
printf '\n::%s::\n' "$token"

# The last object of the report is the summary, and in it the number of findings of each severity.
findings=
if [ -s "$json" ]; then
    counts=$(tail -c 4096 "$json" | LC_ALL=C tr -d ' \t\r\n' |
        LC_ALL=C sed -n 's/.*"findings":{\("critical":[a-z0-9":,]*\)}.*/\1/p')
    findings=0
    for count in $(printf '%s\n' "$counts" | LC_ALL=C tr -c '0-9' ' '); do
        findings=$((findings + count))
    done
fi

existing() {
    [ ! -s "$1" ] || printf '%s' "$1"
}

# Where the repository is checked out, which the paths in SARIF are relative to.
top=$PWD
while [ "$top" != / ] && [ ! -e "$top/.git" ]; do
    parent=$(dirname -- "$top")
    [ "$parent" != "$top" ] || break
    top=$parent
done
[ -e "$top/.git" ] || top=$GITHUB_WORKSPACE

upload=false
if [ -s "$sarif" ]; then
    case $STACKLINT_UPLOAD_SARIF/$STACKLINT_FORMAT in
        true/* | auto/auto | auto/sarif) upload=true ;;
    esac
fi
annotate=false
case $STACKLINT_FORMAT/$upload in
    annotations/* | auto/false) annotate=true ;;
esac
case $STACKLINT_EVENT in
    # Runs with the rights of the base branch.
    pull_request_target) ;;
    pull_request*)
        # A fork that is gone has no name.
        if [ "$upload" = true ] && [ "$STACKLINT_HEAD_REPOSITORY" != "$STACKLINT_REPOSITORY" ]; then
            echo 'A pull request from a fork may not upload to code scanning: its findings are annotated.'
            upload=false
            annotate=true
        fi
        ;;
esac
[ -s "$annotations" ] || annotate=false

output exit-code "$code"
output findings "$findings"
output sarif-file "$(existing "$sarif")"
output json-file "$(existing "$json")"
output markdown-file "$(existing "$markdown")"
output annotations-file "$(existing "$annotations")"
output checkout-path "$top"
output upload "$upload"
output annotate "$annotate"
