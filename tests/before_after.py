#!/usr/bin/env python3
"""What a change does to the findings over a directory of stacks: a table of those gained and lost per rule.

    cargo build && cp target/debug/stacklint /tmp/before        # before the change
    cargo build && tests/before_after.py /tmp/before target/debug/stacklint DIRECTORY

Both builds check DIRECTORY with every severity and confidence. Findings are the same by rule and fingerprint; of those
that both builds have, a moved severity or confidence counts as moved. `--show N` prints so many of each kind per rule.
The exit code is 0 if nothing changed, 1 if something did, 2 if a build failed.
"""

import argparse
import collections
import json
import os
import subprocess
import sys


def findings(build, directory):
    command = [os.path.abspath(build), "check", ".", "--format", "json", "--min-severity", "info", "--min-confidence", "low", "--exit-zero"]
    run = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    try:
        report = json.loads(run.stdout)
    except json.JSONDecodeError:
        sys.exit(f"{build} gave no report: exit code {run.returncode}\n{run.stderr[-2000:]}")
    found = {}
    for finding in report["findings"]:
        key = (finding["rule"], finding["fingerprint"])
        # A fingerprint holds no place: several of one subject are counted.
        while key in found:
            key = (*key, "again")
        found[key] = finding
    return found, len(report["stacks"])


def place(finding):
    location = finding["location"]
    if location is None:
        return finding["subject"]
    start = location["start"]
    return f"{location['path']}:{start['line']}:{start['column']}"


def level(finding):
    return f"{finding['severity']} ({finding['confidence']})"


def gate(found):
    """Findings that fail a build, by stack."""
    failing = collections.Counter()
    for finding in found.values():
        if finding["severity"] in ("critical", "high") and finding["confidence"] != "low":
            failing.update(stack["name"] for stack in finding["stacks"])
    return failing


def median(counts, stacks):
    values = sorted([*counts.values(), *[0] * max(0, stacks - len(counts))])
    return values[len(values) // 2] if values else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("directory")
    parser.add_argument("--show", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    before, stacks_before = findings(arguments.before, arguments.directory)
    after, stacks_after = findings(arguments.after, arguments.directory)

    table = collections.defaultdict(lambda: {"before": 0, "after": 0, "gained": [], "lost": [], "moved": []})
    for key, finding in before.items():
        row = table[key[0]]
        row["before"] += 1
        other = after.get(key)
        if other is None:
            row["lost"].append(f"{place(finding)} {level(finding)}: {finding['message']}")
        elif level(finding) != level(other):
            row["moved"].append(f"{place(other)} {level(finding)} -> {level(other)}: {other['message']}")
    for key, finding in after.items():
        row = table[key[0]]
        row["after"] += 1
        if key not in before:
            row["gained"].append(f"{place(finding)} {level(finding)}: {finding['message']}")

    kinds = ("gained", "lost", "moved")
    print(f"{'rule':36}{'before':>8}{'after':>8}" + "".join(f"{kind:>8}" for kind in kinds))
    changed = False
    for rule, row in sorted(table.items()):
        counts = [len(row[kind]) for kind in kinds]
        changed |= any(counts)
        print(f"{rule:36}{row['before']:>8}{row['after']:>8}" + "".join(f"{count or '.':>8}" for count in counts))
        for kind in kinds:
            for line in row[kind][: arguments.show]:
                print(f"    {kind} {line}")
    print(f"{'all':36}{len(before):>8}{len(after):>8}")
    for name, found, stacks in (("before", before, stacks_before), ("after", after, stacks_after)):
        counts = gate(found)
        print(f"{name}: {stacks} stacks, {sum(counts.values())} findings that fail a build, median {median(counts, stacks)}")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
