#!/usr/bin/env bash
# Writes the report into the job summary. GitHub refuses one of more than 1 MiB as a whole. stacklint leaves out the least
# severe findings before that; should it ever be more, it is cut here, and says so.
. "$GITHUB_ACTION_PATH/action/common.sh"

limit=$((1000 * 1024))

if [ -z "${GITHUB_STEP_SUMMARY:-}" ]; then
    echo 'This runner has no job summary.'
    exit 0
fi
{
    if [ -z "$STACKLINT_MARKDOWN" ]; then
        printf '## stacklint\n\nThere is no report: stacklint ended with exit code %s, and the log says why.\n' "$STACKLINT_EXIT_CODE"
    elif [ "$(wc -c <"$STACKLINT_MARKDOWN")" -le "$limit" ]; then
        cat "$STACKLINT_MARKDOWN"
    else
        # Whole lines, so that no character and no row is cut.
        head -c "$limit" "$STACKLINT_MARKDOWN" | LC_ALL=C sed '$d'
        printf '\n\nThe report is cut here, at what GitHub takes. The log has all %s findings.\n' "$STACKLINT_FINDINGS"
    fi
} >>"$GITHUB_STEP_SUMMARY"
