//! What stands at the end of each help: command lines to start from. A test runs them all.

/// Of stacklint itself.
pub(super) const ALL: &str = "\
Examples:
  stacklint check                     judge all stacks below this directory
  stacklint explain plaintext-secret  why a rule matters, and what to do
  stacklint resolve                   the stack that will really run
  stacklint init                      start a stacklint.yaml

`stacklint COMMAND --help` tells more of each. Exit codes of `check`: 0 clean, 1 findings, 2 the run
failed in part or whole, 3 nothing to check.";

/// Of `check`.
pub(super) const CHECK: &str = "\
Examples:
  stacklint check                                all stacks below this directory
  stacklint check deploy/compose.yaml            the stacks of this file, and what touches it
  stacklint check -f compose.yaml -f prod.yaml   one stack, as `docker compose` loads it
  stacklint check --select secrets,postgres      only these families of rules
  stacklint check --statistics                   how often each rule has something to say
  stacklint check --format full --format sarif=out.sarif
  stacklint check --fix                          mend what can be mended without breaking anything
  stacklint check --write-baseline               let pass what is there; only what is new fails
  stacklint check --changed $(git diff --name-only main)

Exit codes: 0 clean, 1 findings at or above --fail-on, 2 the run failed in part or whole, 3 nothing
to check.";

/// Of `resolve`.
pub(super) const RESOLVE: &str = "\
Examples:
  stacklint resolve                            the default stack of this directory
  stacklint resolve -f compose.yaml -f prod.yaml --format yaml
  stacklint resolve --stack deploy             the stack that reports call `deploy`";

/// Of `parse`.
pub(super) const PARSE: &str = "\
Examples:
  stacklint parse .env                         what seven programs make of it
  stacklint parse pg_hba.conf --pg-major 15    as `pg_hba_file_rules` shows it
  stacklint parse db/hba --as pg-hba           a file whose name does not say what it is";

/// Of `init`.
pub(super) const INIT: &str = "\
Examples:
  stacklint init                               write ./stacklint.yaml
  stacklint init deploy                        write deploy/stacklint.yaml
  stacklint init --stdout                      print it";

/// Of `lsp`.
pub(super) const LSP: &str = "\
Editors start it themselves. It speaks the Language Server Protocol: findings of whole stacks in every
file of them, as saved or not, with fixes. Settings, under `stacklint`: enable, select, ignore,
minSeverity, minConfidence, environment, config. All else is said in stacklint.yaml.

Exit codes: 0 the editor said goodbye, 1 it went away.";

/// Of `completions`.
pub(super) const COMPLETIONS: &str = "\
Examples:
  stacklint completions bash > ~/.local/share/bash-completion/completions/stacklint
  stacklint completions zsh > ~/.zfunc/_stacklint
  stacklint completions fish > ~/.config/fish/completions/stacklint.fish";

/// Of `man`.
pub(super) const MAN: &str = "\
Examples:
  stacklint man | man -l -                     read the page of stacklint
  stacklint man check | man -l -               read the page of `stacklint check`
  stacklint man --dir man/man1                 write the pages of all commands";
