#!/usr/bin/env bash
# Ends the job as `stacklint check` ended, whichever way the findings were shown.
. "$GITHUB_ACTION_PATH/action/common.sh"

case $STACKLINT_EXIT_CODE in
    0) ;;
    1) echo 'There are findings that fail this run.' ;;
    2) error 'The run failed in part or whole, so that not everything was judged; the log of the step Check says why.' ;;
    3) error 'There was nothing to check. If that is as it should be, add --allow-empty to the input args.' ;;
    *) error "stacklint ended with exit code $STACKLINT_EXIT_CODE." ;;
esac
exit "$STACKLINT_EXIT_CODE"
