#!/usr/bin/env bash
# Prints the findings as workflow commands, which GitHub shows at their lines. stacklint wrote them, the worst first, and not
# more than the ten of each type that the runner keeps, with a notice about the rest, which the job summary has.
. "$GITHUB_ACTION_PATH/action/common.sh"

if [ "$STACKLINT_UPLOADED" = failure ]; then
    warning "The findings could not be uploaded to code scanning and are annotated instead. An upload needs code scanning \
switched on and the permission security-events: write, in a private repository also actions: read. Without them, set the \
input format to annotations."
fi
if [ -s "$STACKLINT_ANNOTATIONS" ]; then
    # Only commands of these types, and of each type ten: whatever else were in the file, it cannot reach the runner.
    for type in error warning notice; do
        LC_ALL=C awk -v command="::$type " 'index($0, command) == 1 && shown++ < 10' "$STACKLINT_ANNOTATIONS"
    done
fi
