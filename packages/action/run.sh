#!/usr/bin/env bash
# One run of wirelint for the action: annotations on standard output, SARIF into a file, and a summary of the job.
#
# Reads WIRELINT_PATH, WIRELINT_ARGS, WIRELINT_SARIF and WIRELINT_FAIL, the inputs of action.yml.
set -euo pipefail

work="$(mktemp -d "$RUNNER_TEMP/wirelint.XXXXXX")"
sarif="${WIRELINT_SARIF:-$work/wirelint.sarif}"
# Split at spaces and line breaks, and not expanded: the checkout is a stranger's, and so are the names of its files.
read -r -d "" -a arguments <<<"$WIRELINT_ARGS" || true

code=0
"${WIRELINT_PROGRAM:-wirelint}" check --output "sarif=$sarif" --output github=- --output "markdown=$work/summary.md" ${arguments[@]+"${arguments[@]}"} \
    -- "$WIRELINT_PATH" || code=$?

printf 'sarif-file=%s\n' "$sarif" >>"$GITHUB_OUTPUT"
if [ -f "$work/summary.md" ]; then cat "$work/summary.md" >>"$GITHUB_STEP_SUMMARY"; fi
# 1 is findings; more is a fault, which always fails the job.
if [ "$code" -eq 1 ] && [ "$WIRELINT_FAIL" != true ]; then code=0; fi
exit "$code"
