#!/usr/bin/env python3
"""Runs the steps of action.yml for real, as GitHub's runner would, and holds what they do against what they promise.

    cargo build && tests/action/run.py target/debug/stacklint

Needs Python 3.9 and bash, no network. Most cases run a stand-in for stacklint that writes down its arguments, so that each
thing the action does is seen by itself; the last ones run the real one.
"""

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
import tarfile
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import runner  # noqa: E402  (it stands beside this file)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.join(ROOT, "target", "debug", "stacklint")

STAND_IN = """#!/usr/bin/env bash
if [ "$1" = --version ]; then echo "stacklint VERSION"; exit 0; fi
printf '%s\\n' "$@" >"HERE/arguments"
pwd >"HERE/directory"
for argument; do
    case $argument in
        sarif=*|json=*|markdown=*|github=*)
            if [ -f "HERE/${argument%%=*}" ]; then cp "HERE/${argument%%=*}" "${argument#*=}"; fi ;;
    esac
done
cat "HERE/full"
exit "$(cat "HERE/code")"
"""

PUSH = {"event_name": "push", "repository": "acme/shop", "event": {}}


def pull_request(head, event="pull_request"):
    repo = {"full_name": head} if head else None
    return {"event_name": event, "repository": "acme/shop", "event": {"pull_request": {"head": {"repo": repo}}}}


FORK = pull_request("stranger/shop")


def summary_of(**counts):
    severities = ("critical", "high", "medium", "low", "info")
    return {"findings": [{"message": '"findings":{"critical":7}'}],
            "summary": {"files": 3, "stacks": 1, "findings": {name: counts.get(name, 0) for name in severities}, "suppressed": 2}}


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.action = runner.read_yaml(BINARY, os.path.join(ROOT, "action.yml"))

    def setUp(self):
        keeper = tempfile.TemporaryDirectory(prefix="stacklint-action-")
        self.addCleanup(keeper.cleanup)
        self.directory = os.path.realpath(keeper.name)
        self.workspace = self.folder("workspace")
        self.folder("workspace", ".git")
        self.stand_in = self.folder("bin")
        self.program(self.stand_in, "stacklint", "0.0.1")
        self.says(code=0, full="no findings\n", sarif="{}", json=json.dumps(summary_of(), indent=2), markdown="# clean\n", github="")

    def folder(self, *names):
        path = os.path.join(self.directory, *names)
        os.makedirs(path, exist_ok=True)
        return path

    def program(self, folder, name, version):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(STAND_IN.replace("HERE", self.stand_in).replace("VERSION", version))
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        return path

    def says(self, **reports):
        """What the stand-in writes into its reports, and its exit code; None is no file."""
        for name, value in reports.items():
            path = os.path.join(self.stand_in, name)
            if value is None:
                os.remove(path)
                continue
            with open(path, "w", encoding="utf-8") as file:
                file.write(str(value))

    def run_action(self, github=PUSH, **others):
        inputs = {"version": "installed", **{name.replace("_", "-"): value for name, value in others.pop("inputs", {}).items()}}
        settings = {"workspace": self.workspace, "path": self.stand_in, **others}
        return runner.run(self.action, ROOT, inputs=inputs, github=github, **settings)

    def arguments(self):
        with open(os.path.join(self.stand_in, "arguments"), encoding="utf-8") as file:
            return file.read().splitlines()

    def own_arguments(self):
        """The arguments behind the reports."""
        arguments = self.arguments()
        self.assertEqual(arguments[:3], ["check", "--format", "full"])
        formats = [argument.split("=")[0] for argument in arguments[4:11:2]]
        self.assertEqual(formats, ["sarif", "json", "markdown", "github"])
        return arguments[11:]

    def never_ran(self):
        self.assertFalse(os.path.exists(os.path.join(self.stand_in, "arguments")))


class Static(Case):
    def test_no_expression_gets_into_a_script(self):
        for step in self.action["runs"]["steps"]:
            self.assertNotIn("${{", step.get("run", ""))
            for script in re.findall(r"\$GITHUB_ACTION_PATH/([\w./-]+)", step.get("run", "")):
                self.assertTrue(os.path.exists(os.path.join(ROOT, script)), script)

    def test_actions_are_pinned_by_commit(self):
        for step in self.action["runs"]["steps"]:
            if "uses" in step:
                self.assertRegex(step["uses"], r"@[0-9a-f]{40}$")

    def test_every_input_and_output_is_in_the_documentation(self):
        with open(os.path.join(ROOT, "docs", "ci-github.md"), encoding="utf-8") as file:
            page = file.read()
        for name in [*self.action["inputs"], *self.action["outputs"]]:
            self.assertIn(f"| `{name}` |", page)


class Inputs(Case):
    def test_without_inputs_the_program_decides(self):
        result = self.run_action()
        self.assertEqual(self.own_arguments(), [])
        self.assertEqual(result.conclusion, "success", result.log)
        self.assertEqual(result.outputs["version"], "0.0.1")
        self.assertEqual(result.outputs["exit-code"], "0")
        self.assertEqual(result.outputs["findings"], "0")

    def test_each_input_is_its_flag(self):
        self.run_action(inputs={"config": "ci/stack lint.yaml", "fail_on": "medium", "min_severity": "info"})
        self.assertEqual(
            self.own_arguments(), ["--config", "ci/stack lint.yaml", "--fail-on", "medium", "--min-severity", "info"]
        )

    def test_paths_and_arguments_are_words_or_lines(self):
        self.run_action(inputs={"paths": " deploy  ops ", "args": "--no-ignored --env A=b"})
        self.assertEqual(self.own_arguments(), ["--no-ignored", "--env", "A=b", "--", "deploy", "ops"])
        self.run_action(inputs={"paths": "my stack\r\n\n-odd\n", "args": "--env\nA=b c\n"})
        self.assertEqual(self.own_arguments(), ["--env", "A=b c", "--", "my stack", "-odd"])

    def test_nothing_in_an_input_is_run_or_expanded(self):
        trap = os.path.join(self.directory, "trap")
        hostile = f"$(touch {trap}) `touch {trap}` ;touch {trap} * ~ ${{HOME}}"
        self.run_action(inputs={"paths": hostile, "args": hostile, "config": hostile, "fail_on": hostile})
        self.assertEqual(self.own_arguments(), ["--config", hostile, "--fail-on", hostile, *hostile.split(), "--", *hostile.split()])
        self.assertFalse(os.path.exists(trap))

    def test_the_working_directory(self):
        inner = self.folder("workspace", "my stack")
        result = self.run_action(inputs={"working_directory": "my stack"})
        with open(os.path.join(self.stand_in, "directory"), encoding="utf-8") as file:
            self.assertEqual(file.read().rstrip("\n"), inner)
        # SARIF is relative to the top of the repository, wherever the run was.
        self.assertEqual(result.uses[0]["with"]["checkout_path"], self.workspace)
        missing = self.run_action(inputs={"working_directory": "nowhere"})
        self.assertEqual(missing.conclusion, "failure")
        self.assertIn("nowhere", missing.of_type("error")[0]["message"])

    def test_an_input_gives_no_command(self):
        value = "100%0A\r\n::warning::spoofed"
        result = self.run_action(inputs={"format": value})
        self.assertEqual([command[0] for command in result.commands], ["error"])
        self.assertIn("100%250A%0D%0A::warning::spoofed", result.commands[0][2])

    def test_a_wrong_input_fails_by_its_name(self):
        for name, value in {"format": "html", "upload_sarif": "yes", "summary": "TRUE!"}.items():
            result = self.run_action(inputs={name: value})
            self.assertEqual(result.conclusion, "failure", name)
            self.assertIn(name.replace("_", "-"), result.of_type("error")[0]["message"])
            self.never_ran()


class Modes(Case):
    def setUp(self):
        super().setUp()
        self.says(code=1, json=json.dumps(summary_of(high=1, low=2)), github="::error title=stacklint,file=compose.yaml,line=3::one\n")

    def shown(self, result):
        return ("upload" if result.uses else "", "annotations" if any(a["message"] == "one" for a in result.annotations) else "")

    def test_how_findings_are_shown(self):
        ours = pull_request("acme/shop")
        for github, inputs, shown in [
            (PUSH, {}, ("upload", "")),
            (ours, {}, ("upload", "")),
            (FORK, {}, ("", "annotations")),
            (FORK, {"format": "sarif"}, ("", "annotations")),
            (FORK, {"upload_sarif": "true"}, ("", "annotations")),
            (FORK, {"format": "sarif", "upload_sarif": "false"}, ("", "")),
            (pull_request(None), {}, ("", "annotations")),
            (pull_request("stranger/shop", "pull_request_target"), {}, ("upload", "")),
            (PUSH, {"format": "annotations"}, ("", "annotations")),
            (PUSH, {"format": "annotations", "upload_sarif": "true"}, ("upload", "annotations")),
            (PUSH, {"upload_sarif": "false"}, ("", "annotations")),
            (PUSH, {"format": "sarif", "upload_sarif": "false"}, ("", "")),
        ]:
            with self.subTest(event=github["event_name"], inputs=inputs):
                result = self.run_action(github=github, inputs=inputs)
                self.assertEqual(self.shown(result), shown, result.log)
                self.assertEqual((result.conclusion, result.outputs["exit-code"]), ("failure", "1"))
                self.assertEqual(result.outputs["findings"], "3")
                self.assertEqual(result.outputs["sarif-file"], "{}")

    def test_an_upload_that_fails_gives_annotations(self):
        self.says(code=0)
        result = self.run_action(uses_outcome="failure")
        self.assertEqual(self.shown(result), ("upload", "annotations"))
        self.assertIn("security-events: write", result.of_type("warning")[0]["message"])
        self.assertEqual(result.conclusion, "success", "it is told, and decides nothing")

    def test_an_upload_that_was_demanded_has_to_succeed(self):
        self.says(code=0)
        result = self.run_action(inputs={"upload_sarif": "true"}, uses_outcome="failure")
        self.assertEqual(self.shown(result), ("upload", "annotations"))
        self.assertEqual(result.conclusion, "failure")

    def test_the_exit_code_decides_in_every_mode(self):
        for code in (0, 1, 2, 3, 101):
            for github in (PUSH, FORK):
                for form in ("auto", "sarif", "annotations"):
                    with self.subTest(code=code, event=github["event_name"], format=form):
                        self.says(code=code)
                        result = self.run_action(github=github, inputs={"format": form, "summary": "false"})
                        self.assertEqual(result.conclusion, "success" if code == 0 else "failure")
                        self.assertEqual(result.outputs["exit-code"], str(code))
                        ours = [a["message"] for a in result.of_type("error") if a["message"] != "one"]
                        self.assertEqual(len(ours), 1 if code > 1 else 0, "what was no finding is said as an error")

    def test_a_run_without_reports(self):
        self.says(code=2, full="error[usage]: no such flag\n", sarif=None, json=None, markdown=None, github=None)
        for github in (PUSH, FORK):
            result = self.run_action(github=github)
            self.assertEqual((result.conclusion, result.uses), ("failure", []))
            self.assertEqual((result.outputs["findings"], result.outputs["sarif-file"]), ("", ""))
            self.assertIn("exit code 2", result.summary)


class Output(Case):
    def test_ten_annotations_of_a_type_and_the_rest_in_the_summary(self):
        lines = [f"::{kind} title=stacklint,file=c.yaml,line={n}::{kind} {n}" for n in range(25) for kind in ("notice", "error")]
        lines += [f"::warning title=stacklint,file=c.yaml,line={n}::warning {n}" for n in range(3)]
        self.says(code=1, github="\n".join(lines) + "\n", markdown="# all 53\n")
        result = self.run_action(inputs={"format": "annotations"})
        for kind, count in {"error": 10, "warning": 3, "notice": 10}.items():
            self.assertEqual([a["message"] for a in result.of_type(kind)], [f"{kind} {n}" for n in range(count)])
        self.assertEqual(result.annotations[0]["type"], "error", "the worst come first")
        self.assertIn("# all 53", result.summary)

    def test_no_file_speaks_for_us(self):
        hostile = [
            "::error::spoofed", "  ::warning::spoofed", "text ##[error]spoofed", "##[add-mask]a", "::add-mask::a",
            "::stop-commands::mine", "::mine::", "::set-output name=upload::true", "::error file=a,line=1::spoofed\r::notice::spoofed",
            "no newline at the end ##[error]spoofed",
        ]
        self.says(full="\n".join(hostile), github="::add-mask::a\n::set-env name=A::b\n::error file=a::real\n##[error]spoofed\n")
        result = self.run_action(inputs={"format": "annotations"})
        self.assertEqual([command[2] for command in result.commands], ["real"], result.log)
        tokens = re.findall(r"^::stop-commands::([0-9a-f]{32})$", result.log + self.run_action().log, re.MULTILINE)
        self.assertEqual(len(set(tokens)), 2, "a token is never used twice")

    def test_a_large_summary_is_cut(self):
        row = "| `compose.yaml` | ein größerer Befund 🐘 |\n"
        self.says(code=1, json=json.dumps(summary_of(high=40000)), markdown="# stacklint\n\n" + row * 40000)
        result = self.run_action()
        self.assertLess(len(result.summary.encode()), 1024 * 1024)
        self.assertGreater(len(result.summary.encode()), 800 * 1024)
        self.assertIn("all 40000 findings", result.summary)
        rows = [line for line in result.summary.splitlines() if line.startswith("|")]
        self.assertEqual(set(rows), {row.rstrip("\n")}, "no row is cut")

    def test_the_summary_can_be_left_out(self):
        self.assertEqual(self.run_action().summary, "# clean\n")
        self.assertEqual(self.run_action(inputs={"summary": "false"}).summary, "")

    def test_colours(self):
        program = os.path.join(self.stand_in, "stacklint")
        with open(program, encoding="utf-8") as file:
            text = file.read()
        with open(program, "w", encoding="utf-8") as file:
            file.write(text.replace('cat "HERE/full"'.replace("HERE", self.stand_in), 'echo "colour=${FORCE_COLOR:-}"'))
        self.assertIn("colour=1", self.run_action().log)
        self.assertNotIn("colour=1", self.run_action(environment={"NO_COLOR": "1"}).log)


class Install(Case):
    def setUp(self):
        super().setUp()
        with open(os.path.join(ROOT, "Cargo.toml"), encoding="utf-8") as file:
            self.version = re.search(r'^version = "(.*)"', file.read(), re.MULTILINE)[1]
        self.mirror = self.folder("mirror")
        # A cargo that builds nothing and says what it was asked for.
        self.tools = self.folder("tools")
        built = self.program(self.folder("built"), "stacklint", self.version)
        self.script("cargo", f'''
            printf '%s\\n' "$PWD" "$@" >"{self.directory}/cargo"
            while [ "$1" != --root ]; do shift; done
            mkdir -p "$2/bin" && cp "{built}" "$2/bin/stacklint"''')

    def script(self, name, body):
        path = os.path.join(self.tools, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/usr/bin/env bash\n{body}\n")
        os.chmod(path, 0o755)

    def release(self, version, target="x86_64-unknown-linux-musl", says=None, name="stacklint"):
        folder = self.folder("mirror", f"v{version}")
        archive = os.path.join(folder, f"stacklint-{version}-{target}.tar.gz")
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(self.program(self.folder("staging"), name, says or version), name)
        with open(archive, "rb") as file:
            checksum = hashlib.sha256(file.read()).hexdigest()
        with open(archive + ".sha256", "w", encoding="utf-8") as file:
            file.write(f"{checksum}  {os.path.basename(archive)}\n")
        return archive, checksum

    def install(self, version="", **others):
        others.setdefault("path", self.tools)
        inputs = {"version": version, "download_url": "file://" + self.mirror, **others.pop("inputs", {})}
        return self.run_action(inputs=inputs, **others)

    def fails(self, result, *words):
        self.assertEqual(result.conclusion, "failure", result.log)
        self.assertEqual(result.outcomes["check"], "skipped")
        for word in words:
            self.assertIn(word, result.of_type("error")[0]["message"])
        self.never_ran()
        self.assertFalse(os.path.exists(os.path.join(self.directory, "cargo")), "nothing was built in its place")

    def test_the_release_that_the_action_came_with(self):
        _, checksum = self.release(self.version)
        result = self.install()
        self.assertEqual((result.conclusion, result.outputs["version"]), ("success", self.version), result.log)
        self.assertIn(checksum, result.log)

    def test_what_a_release_packs_is_what_is_installed(self):
        for target, name, system in [("x86_64-unknown-linux-musl", "stacklint", "Linux"), ("x86_64-pc-windows-msvc", "stacklint.exe", "Windows")]:
            binary = self.program(self.folder("packed"), name, self.version)
            mirror = self.folder("mirror", f"v{self.version}")
            subprocess.run([os.path.join(ROOT, ".ci", "package"), binary, target, mirror], check=True, capture_output=True, cwd=self.directory)
            result = self.install(runner={"os": system, "arch": "X64"})
            self.assertEqual(result.outputs["version"], self.version, result.log)
            self.assertNotIn("building", result.log)
            with tarfile.open(os.path.join(mirror, f"stacklint-{self.version}-{target}.tar.gz")) as tar:
                self.assertEqual(sorted(tar.getnames()), ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", name])

    def test_another_release(self):
        self.release("7.8.9-rc.1")
        for version in ("7.8.9-rc.1", "v7.8.9-rc.1"):
            self.assertEqual(self.install(version).outputs["version"], "7.8.9-rc.1")

    def test_platforms(self):
        for system, machine, target, name in [
            ("Linux", "ARM64", "aarch64-unknown-linux-musl", "stacklint"),
            ("macOS", "X64", "x86_64-apple-darwin", "stacklint"),
            ("macOS", "ARM64", "aarch64-apple-darwin", "stacklint"),
            ("Windows", "X64", "x86_64-pc-windows-msvc", "stacklint.exe"),
        ]:
            self.release("7.8.9", target, name=name)
            result = self.install("7.8.9", runner={"os": system, "arch": machine})
            self.assertEqual(result.conclusion, "success", result.log)

    def test_what_is_not_what_was_released_is_not_run(self):
        archive, _ = self.release("7.8.9")
        with open(archive, "ab") as file:
            file.write(b"\0")
        self.fails(self.install("7.8.9"), "is not what was released")

    def test_a_checksum_has_to_be_there_and_to_be_one(self):
        archive, checksum = self.release("7.8.9")
        for text in ("", "yes\n", checksum[:-1] + "\n", checksum + "0\n", "\n" + checksum):
            with open(archive + ".sha256", "w", encoding="utf-8") as file:
                file.write(text)
            self.fails(self.install("7.8.9"), "SHA-256")
        os.remove(archive + ".sha256")
        self.fails(self.install("7.8.9"), "cannot be verified")

    def test_a_checksum_of_the_user_decides(self):
        archive, checksum = self.release("7.8.9")
        self.fails(self.install("7.8.9", inputs={"checksum": "0" * 64}), "is not what was released")
        with open(archive + ".sha256", "w", encoding="utf-8") as file:
            file.write("0" * 64)
        self.assertEqual(self.install("7.8.9", inputs={"checksum": checksum.upper()}).conclusion, "success")

    def test_a_binary_of_another_version(self):
        self.release("7.8.9", says="7.8.8")
        self.fails(self.install("7.8.9"), "7.8.8")

    def test_a_release_that_is_not_there(self):
        self.fails(self.install("7.8.9"), "there is no release 7.8.9")
        self.fails(self.install(inputs={"checksum": "0" * 64}), "has no checksum")

    def test_versions_that_are_none(self):
        for version in ("latest", "../../x", "1.0; touch x", "$(id)", "-1"):
            self.fails(self.install(version), "the input version")

    def test_a_server_that_fails_is_no_reason_to_build(self):
        self.script("curl", "printf 503; exit 22")
        self.fails(self.install(), "503")

    def test_what_was_not_released_is_built_from_the_commit_of_the_action(self):
        for version, others in [("", {}), ("source", {}), ("", {"runner": {"os": "Linux", "arch": "RISCV64"}})]:
            result = self.install(version, **others)
            self.assertEqual((result.conclusion, result.outputs["version"]), ("success", self.version), result.log)
            with open(os.path.join(self.directory, "cargo"), encoding="utf-8") as file:
                directory, *arguments = file.read().splitlines()
            self.assertEqual(directory, ROOT, "cargo reads settings of the current directory")
            self.assertIn("--locked", arguments)

    def test_an_installed_one_has_to_be_there(self):
        empty = self.folder("empty")
        for tool in ("bash", "sed", "mktemp"):
            found = subprocess.run(["bash", "-c", f"command -v {tool}"], capture_output=True, text=True, check=True).stdout.strip()
            os.symlink(found, os.path.join(empty, tool))
        result = self.run_action(environment={"PATH": empty})
        self.fails(result, "no stacklint on PATH")


class Real(Case):
    """With the real program."""

    def setUp(self):
        super().setUp()
        self.stand_in = self.folder("real")
        os.symlink(os.path.abspath(BINARY), os.path.join(self.stand_in, "stacklint"))

    def write(self, name, text):
        self.folder(os.path.dirname(os.path.join("workspace", name)))
        with open(os.path.join(self.workspace, name), "w", encoding="utf-8") as file:
            file.write(text)

    def test_a_stack_with_findings(self):
        self.write("deploy/compose.yaml", 'services:\n  db:\n    image: postgres:17\n    ports: ["5432:5432"]\n')
        told = {}
        for form in ("sarif", "annotations"):
            result = self.run_action(inputs={"format": form, "paths": "deploy"})
            self.assertEqual((result.conclusion, result.outputs["exit-code"]), ("failure", "1"), result.log)
            report = json.loads(result.outputs["json-file"])
            self.assertEqual(result.outputs["findings"], str(len(report["findings"])))
            self.assertIn("published-datastore-port", [finding["rule"] for finding in report["findings"]])
            self.assertEqual(len(json.loads(result.outputs["sarif-file"])["runs"][0]["results"]), len(report["findings"]))
            self.assertIn("published-datastore-port", result.summary)
            told[form] = (result.outputs["findings"], result.conclusion)
        self.assertEqual(told["sarif"], told["annotations"])
        files = {annotation.get("file") for annotation in result.annotations if "file" in annotation}
        self.assertEqual(files, {"deploy/compose.yaml"})
        self.assertTrue(any("published-datastore-port" in str(annotation) for annotation in result.of_type("error")))

    def test_annotations_are_relative_to_the_repository(self):
        self.write("deploy/compose.yaml", 'services:\n  db:\n    image: postgres:17\n    ports: ["5432:5432"]\n')
        result = self.run_action(inputs={"format": "annotations", "working_directory": "deploy"})
        files = {annotation["file"] for annotation in result.annotations if "file" in annotation}
        self.assertEqual(files, {"deploy/compose.yaml"})

    def test_the_worst_findings_are_annotated(self):
        services = "".join(f"  s{n}:\n    image: nginx:latest\n    ports: ['{8000 + n}:5432']\n" for n in range(15))
        self.write("compose.yaml", f"services:\n{services}  z:\n    image: postgres:17\n    ports: ['5432:5432']\n"
                   "    environment: {POSTGRES_HOST_AUTH_METHOD: trust}\n")
        result = self.run_action(inputs={"format": "annotations"})
        for kind in ("error", "warning", "notice"):
            self.assertLessEqual(len(result.of_type(kind)), 10)
        report = json.loads(result.outputs["json-file"])
        critical = {finding["rule"] for finding in report["findings"] if finding["severity"] == "critical"}
        self.assertTrue(critical, "the case needs a critical finding")
        errors = " ".join(str(annotation) for annotation in result.of_type("error"))
        for rule in critical:
            self.assertIn(rule, errors, "a critical finding at the end of the file is among the ten")

    def test_a_clean_stack_and_none_at_all(self):
        with open(os.path.join(ROOT, "fixtures", "stacks", "clean", "compose.yaml"), encoding="utf-8") as file:
            self.write("compose.yaml", file.read())
        result = self.run_action(inputs={"format": "annotations", "min_severity": "high"})
        self.assertEqual((result.conclusion, result.outputs["exit-code"], result.annotations), ("success", "0", []), result.log)
        os.remove(os.path.join(self.workspace, "compose.yaml"))
        result = self.run_action()
        self.assertEqual((result.conclusion, result.outputs["exit-code"]), ("failure", "3"))
        self.assertEqual(self.run_action(inputs={"args": "--allow-empty"}).conclusion, "success")

    def test_a_stranger_cannot_speak_for_us(self):
        self.write("compose.yaml", 'services:\n  db:\n    image: "postgres:latest ##[error]spoofed"\n    privileged: true\n'
                   '    ports: ["5432:5432"] # ::error::spoofed\n::error::spoofed\n::stop-commands::x\n::x::\n##[warning]spoofed\n')
        result = self.run_action(inputs={"format": "annotations"})
        self.assertEqual({name for name, _, _ in result.commands}, {a["type"] for a in result.annotations})
        for annotation in result.annotations:
            self.assertTrue(annotation.get("title", "").startswith("stacklint"), annotation)

    def test_the_configuration_of_the_base_branch_judges(self):
        """The step that docs/ci-github.md shows, word by word, in a repository as GitHub checks out a pull request."""
        page = os.path.join(ROOT, "docs", "ci-github.md")
        with open(page, encoding="utf-8") as file:
            found = re.search(r"name: Take the configuration of the base branch\n +shell: bash\n +run: \|\n((?: {10}.*\n)+)", file.read())
        step = re.sub("^ {10}", "", found[1], flags=re.MULTILINE)
        os.rmdir(os.path.join(self.workspace, ".git"))

        def git(*arguments):
            settings = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]
            subprocess.run(["git", *settings, *arguments], cwd=self.workspace, check=True, capture_output=True)

        def commit():
            git("add", "-A")
            git("commit", "-q", "--allow-empty", "-m", "change")

        stack = 'services:\n  db:\n    image: postgres:17\n    ports: ["5432:5432"]\n'
        for base, code in [("fail_on: low\n", "1"), (None, "1")]:
            subprocess.run(["rm", "-rf", os.path.join(self.workspace, ".git")], check=True)
            for name in os.listdir(self.workspace):
                os.remove(os.path.join(self.workspace, name))
            git("init", "-q")
            self.write("compose.yaml", stack)
            if base:
                self.write("stacklint.yaml", base)
            commit()
            git("checkout", "-q", "-b", "change")
            self.write("stacklint.yaml", "fail_on: critical\nignore: [compose]\n")
            commit()
            git("checkout", "-q", "main")
            git("merge", "-q", "--no-ff", "-m", "merge", "change")
            temporary = self.folder("temporary")
            subprocess.run(["bash", "-e", "-o", "pipefail", "-c", step], cwd=self.workspace, check=True, capture_output=True,
                           env={**os.environ, "RUNNER_TEMP": temporary, "GITHUB_EVENT_NAME": "pull_request"})
            trusting = self.run_action(inputs={"format": "annotations"})
            self.assertEqual(trusting.outputs["exit-code"], "0", "the pull request judges itself")
            result = self.run_action(inputs={"format": "annotations", "config": os.path.join(temporary, "stacklint.yaml")})
            self.assertEqual(result.outputs["exit-code"], code, result.log)


if __name__ == "__main__":
    if len(sys.argv) > 1 and os.path.exists(sys.argv[1]):
        BINARY = sys.argv.pop(1)
    unittest.main()
