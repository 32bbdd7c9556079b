#!/usr/bin/env python3
"""Runs the hooks of .pre-commit-hooks.yaml with the real pre-commit, and holds what they do against what they promise.

    cargo build && tests/hooks.py target/debug/stacklint            # the hooks with that binary
    cargo build && tests/hooks.py --build target/debug/stacklint    # also has pre-commit build and run the ones in Rust

Needs Python 3.9, git and pre-commit; --build needs cargo and the dependencies.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SETTINGS = None

OPEN = 'services:\n  db:\n    image: postgres:17\n    ports: ["5432:5432"]\n'
LIMITED = 'services:\n  db:\n    image: postgres:17\n    ports: ["127.0.0.1:5432:5432"]\n'
RESET = "services:\n  db:\n    ports: !reset []\n"


class Hooks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        keeper = tempfile.TemporaryDirectory(prefix="stacklint-hooks-")
        cls.addClassCleanup(keeper.cleanup)
        cls.base = keeper.name
        cls.programs = os.path.join(cls.base, "bin")
        os.mkdir(cls.programs)
        shutil.copy(SETTINGS.binary, os.path.join(cls.programs, "stacklint"))
        # The manifest as it is in the working tree, in a repository of its own. The hooks in Rust are the same but for how
        # the program gets there; here they take the binary, and with --build one case builds it.
        cls.hooks = os.path.join(cls.base, "hooks")
        os.mkdir(cls.hooks)
        with open(os.path.join(ROOT, ".pre-commit-hooks.yaml"), encoding="utf-8") as file:
            manifest = file.read()
        assert manifest.count("language: rust") == 2
        with open(os.path.join(cls.hooks, ".pre-commit-hooks.yaml"), "w", encoding="utf-8") as file:
            file.write(manifest.replace("language: rust", "language: system"))
        cls.git(cls, "init", "-q", at=cls.hooks)
        cls.git(cls, "add", "-A", at=cls.hooks)
        cls.git(cls, "commit", "-q", "-m", "hooks", at=cls.hooks)

    def git(self, *arguments, at=None, check=True):
        settings = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        environment = {**os.environ, "PRE_COMMIT_HOME": os.path.join(self.base, "cache")}
        # What git tells a hook that runs this test must not lead it to another repository.
        environment = {name: value for name, value in environment.items() if not name.startswith("GIT_")}
        environment["PATH"] = self.programs + os.pathsep + environment["PATH"]
        done = subprocess.run(
            ["git", *settings, *arguments], cwd=at or self.repository, env=environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        if check and done.returncode != 0:
            raise AssertionError(done.stdout)
        return done

    def setUp(self):
        self.repository = tempfile.mkdtemp(dir=self.base)
        self.git("init", "-q")

    def write(self, name, text):
        path = os.path.join(self.repository, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def use(self, hook, lines="", repository=None):
        """Makes what is there the first commit, without the hook, and installs it."""
        at = repository or self.hooks
        revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=at, text=True, check=True, capture_output=True).stdout.strip()
        self.write(".pre-commit-config.yaml", f"repos:\n- repo: {at}\n  rev: {revision}\n  hooks:\n  - id: {hook}\n{lines}")
        self.git("add", "-A")
        self.git("commit", "-q", "--no-verify", "-m", "start")
        subprocess.run([SETTINGS.pre_commit, "install"], cwd=self.repository, check=True, capture_output=True)

    def commit(self, add=True):
        """Whether the commit went through, and what the hook said."""
        if add:
            self.git("add", "-A")
        before = self.git("rev-parse", "HEAD").stdout
        done = self.git("commit", "-m", "change", check=False)
        went = self.git("rev-parse", "HEAD").stdout != before
        self.assertEqual(went, done.returncode == 0)
        return went, done.stdout

    def passes(self, said="Passed", **others):
        went, text = self.commit(**others)
        self.assertTrue(went, text)
        self.assertIn(said, text)
        return text

    def refused(self, *words, **others):
        went, text = self.commit(**others)
        self.assertFalse(went, text)
        for word in ("Failed", *words):
            self.assertIn(word, text)
        return text

    def test_a_clean_commit(self):
        self.use("stacklint")
        self.write("compose.yaml", LIMITED)
        self.passes()

    def test_a_bad_commit(self):
        self.write("compose.yaml", LIMITED)
        self.use("stacklint")
        self.write("compose.yaml", OPEN)
        text = self.refused("published-datastore-port", "compose.yaml:4:")
        self.assertEqual(len(re.findall(r" in \d+ stacks?, \d+ files? read", text)), 1, "one process")

    def test_a_commit_that_only_deletes(self):
        self.write("compose.yaml", OPEN)
        self.write("compose.override.yaml", RESET)
        self.use("stacklint", "    args: [--select, published-datastore-port]\n")
        self.git("rm", "-q", "compose.override.yaml")
        self.refused("published-datastore-port", add=False)

    def test_a_repository_without_a_stack(self):
        self.use("stacklint")
        self.write("README.md", "# nothing\n")
        self.passes()

    def test_an_empty_commit_of_no_files(self):
        self.use("stacklint")
        done = self.git("commit", "--allow-empty", "-m", "empty", check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_many_files(self):
        self.use("stacklint")
        for number in range(1000):
            self.write(f"folder {number % 10}/text-{number}.md", "text\n")
        self.write("compose.yaml", OPEN)
        text = self.refused("published-datastore-port")
        self.assertEqual(len(re.findall(r" in \d+ stacks?, \d+ files? read", text)), 1, "one process")

    def test_what_is_ignored_is_not_read(self):
        self.write(".gitignore", ".env\n")
        self.write(".env", "BIND=127.0.0.1\n")
        self.write("compose.yaml", OPEN.replace("5432:5432", "${BIND:-0.0.0.0}:5432:5432"))
        self.use("stacklint")
        self.write("README.md", "\n")
        self.refused("published-datastore-port")

    def test_what_is_not_staged_does_not_count(self):
        self.write("compose.yaml", LIMITED)
        self.use("stacklint")
        self.write("README.md", "\n")
        self.git("add", "README.md")
        self.write("compose.yaml", OPEN)
        self.passes(add=False)

    def test_it_does_not_run_for_a_message(self):
        self.write("compose.yaml", OPEN)
        self.use("stacklint")
        subprocess.run([SETTINGS.pre_commit, "uninstall"], cwd=self.repository, check=True, capture_output=True)
        subprocess.run([SETTINGS.pre_commit, "install", "-t", "commit-msg"], cwd=self.repository, check=True, capture_output=True)
        self.write("README.md", "\n")
        self.assertTrue(self.commit()[0])

    def test_arguments_of_the_user(self):
        self.write("one/compose.yaml", LIMITED)
        self.use("stacklint", "    args: [--fail-on, low, one]\n")
        self.write("two/compose.yaml", OPEN)
        text = self.refused("one/compose.yaml")
        self.assertNotIn("two/compose.yaml", text)

    def test_changed_files_only(self):
        self.write("old/compose.yaml", OPEN)
        self.use("stacklint-changed")
        self.write("README.md", "\n")
        self.passes()
        self.write("new stack/compose.yaml", OPEN)
        text = self.refused("new stack/compose.yaml")
        self.assertNotIn("old/compose.yaml", text)

    def test_a_change_that_shows_in_another_file(self):
        self.write("compose.yaml", OPEN.replace("5432:5432", "${BIND:?}:5432:5432"))
        self.write(".env", "BIND=127.0.0.1\n")
        self.use("stacklint-changed", "    args: [--select, published-datastore-port, --changed]\n")
        self.write(".env", "BIND=0.0.0.0\n")
        self.refused("published-datastore-port")

    def test_many_changed_files_in_one_process(self):
        self.use("stacklint-changed")
        for number in range(1000):
            self.write(f"folder {number % 10}/text-{number}.md", "text\n")
        self.write("compose.yaml", OPEN)
        text = self.refused("published-datastore-port")
        self.assertEqual(len(re.findall(r" in \d+ stacks?, \d+ files? read", text)), 1, "one process")

    def test_changed_files_of_which_there_are_none(self):
        self.write("compose.yaml", OPEN)
        self.write("compose.override.yaml", RESET)
        self.use("stacklint-changed")
        self.git("rm", "-q", "compose.override.yaml")
        self.passes("no files to check", add=False)

    def test_the_installed_one(self):
        self.write("compose.yaml", LIMITED)
        self.use("stacklint-system")
        self.write("README.md", "\n")
        self.passes()
        self.write("compose.yaml", OPEN)
        self.refused("published-datastore-port")

    def test_pre_commit_builds_it(self):
        if not SETTINGS.build:
            self.skipTest("not asked for: --build")
        self.programs = os.path.join(self.base, "none")
        clone = os.path.join(self.base, "clone")
        self.git("clone", "-q", ROOT, clone, at=self.base)
        self.write("compose.yaml", OPEN)
        self.use("stacklint", repository=clone)
        self.write("README.md", "\n")
        text = self.refused("published-datastore-port")
        self.assertTrue(re.search(r"Installing environment", text), text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", action="store_true", help="also has pre-commit build it")
    parser.add_argument("--pre-commit", default=shutil.which("pre-commit"), help="the program [default: the one on PATH]")
    parser.add_argument("binary")
    SETTINGS, rest = parser.parse_known_args()
    SETTINGS.binary = os.path.abspath(SETTINGS.binary)
    if SETTINGS.pre_commit is None:
        sys.exit("pre-commit is not installed: pip install pre-commit")
    unittest.main(argv=[sys.argv[0], *rest])
