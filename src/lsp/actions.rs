//! What can be done about a finding: its fixes, and two ways of accepting it.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gen_lsp_types::{Diagnostic, Range};
use serde_json::{Value, json};
use stacklint_engine::config::{NAMES, Policy};
use stacklint_engine::filter::accept;
use stacklint_engine::finding::{Finding, Fix, Safety};
use stacklint_engine::origin::{FileId, Span};
use stacklint_engine::source::SourceFile;

use super::commands::FIX_ALL;
use super::diagnostics::Places;
use super::edits::Edits;
use super::judge::Snapshot;
use super::root::Root;
use super::session::Session;
use crate::catalogue;

/// The kind of what mends one finding.
pub(crate) const QUICK_FIX: &str = "quickfix";

/// The kind of what mends all that can be mended safely.
pub(crate) const FIX_ALL_KIND: &str = "source.fixAll.stacklint";

/// What a client asks for.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) uri: String,
    pub(crate) path: PathBuf,
    range: Range,
    /// Only these kinds, if it says so.
    only: Option<Vec<String>>,
    /// What it shows there.
    diagnostics: Vec<Value>,
}

impl Wanted {
    /// Reads the parameters of `textDocument/codeAction`.
    pub(crate) fn read(params: &Value, session: &Session) -> Option<Self> {
        let uri = params.pointer("/textDocument/uri")?.as_str()?.to_owned();
        let path = super::pull::path_of(&uri, session)?;
        let range = serde_json::from_value(params.get("range")?.clone()).ok()?;
        let only = params.pointer("/context/only").and_then(Value::as_array);
        let only = only.map(|kinds| kinds.iter().filter_map(|kind| Some(kind.as_str()?.to_owned())).collect());
        let diagnostics = params.pointer("/context/diagnostics").and_then(Value::as_array).cloned();
        Some(Self { uri, path, range, only, diagnostics: diagnostics.unwrap_or_default() })
    }

    /// Whether a kind is asked for.
    pub(crate) fn wants(&self, kind: &str) -> bool {
        self.only.as_ref().is_none_or(|only| {
            only.iter().any(|wanted| {
                wanted.is_empty()
                    || kind.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        })
    }

    /// Whether a kind is asked for by its name, and not among all there are.
    pub(crate) fn names(&self, kind: &str) -> bool {
        self.only.is_some() && self.wants(kind)
    }
}

/// What can be done about the findings in a range of a file.
pub(crate) fn actions(wanted: &Wanted, session: &Session) -> Vec<Value> {
    let mut all = Vec::new();
    if !session.client.code_action_literals {
        return all;
    }
    for root in &session.roots {
        let Some(snapshot) = root.snapshot(&wanted.path) else { continue };
        let offer = Offer { session, root, snapshot, wanted, sent: OnceCell::new() };
        if wanted.wants(QUICK_FIX) {
            offer.add_quick_fixes(&mut all);
        }
        if wanted.only.is_none() && offer.is_fixable() && session.client.applies_edits {
            let command = json!({"title": FIX_ALL_TITLE, "command": FIX_ALL, "arguments": [wanted.uri]});
            all.push(json!({"title": FIX_ALL_TITLE, "kind": FIX_ALL_KIND, "command": command}));
        }
        break;
    }
    all
}

/// For so many findings at one place something is offered: nobody reads a longer menu.
const OFFERED: usize = 100;

/// What mends all is called.
pub(crate) const FIX_ALL_TITLE: &str = "Fix all that can be fixed safely (stacklint)";

struct Offer<'a> {
    session: &'a Session,
    root: &'a Root,
    snapshot: &'a Arc<Snapshot>,
    wanted: &'a Wanted,
    /// What the client was sent of the file, made only if it does not say what it shows.
    sent: OnceCell<Vec<Value>>,
}

impl Offer<'_> {
    fn add_quick_fixes(&self, all: &mut Vec<Value>) {
        let Some(id) = self.snapshot.files.get(&self.wanted.path) else { return };
        let Some(file) = self.snapshot.sources.file(*id) else { return };
        let places =
            Places::new(&self.snapshot.sources, &self.root.place, &self.session.documents, self.session.client);
        let mut fixes: Vec<Offered> = Vec::new();
        let mut accepting = Vec::new();
        let mut rules = BTreeSet::new();
        let touched = self.findings(*id).filter_map(|finding| {
            let (_, range) = finding.primary.and_then(|place| places.range(place))?;
            touches(range, self.wanted.range).then_some((finding, range))
        });
        for (finding, range) in touched.take(OFFERED) {
            rules.insert(finding.rule);
            let diagnostics = self.shown(finding, range);
            for (number, fix) in finding.fixes.iter().enumerate() {
                self.offer(finding.rule, fix, number == 0, &diagnostics, &mut fixes);
            }
            accepting.extend(self.accept(finding, &file, &diagnostics));
        }
        // First what mends something, and of that what cannot break anything: some clients take the first.
        fixes.sort_by_key(|offered| (offered.safety == Safety::Unsafe, !offered.is_first));
        all.extend(fixes.into_iter().map(|offered| self.fix(offered, rules.len() > 1)));
        all.extend(accepting);
    }

    /// The findings in a file.
    fn findings(&self, id: FileId) -> impl Iterator<Item = &Finding> {
        let findings = self.snapshot.outcome.findings.iter();
        findings.filter(move |finding| finding.primary.is_some_and(|place| place.file == id))
    }

    /// Whether something in the file can be mended safely.
    fn is_fixable(&self) -> bool {
        let is_safe = |finding: &Finding| finding.fixes.first().is_some_and(|fix| fix.safety == Safety::Safe);
        self.snapshot.files.get(&self.wanted.path).is_some_and(|id| self.findings(*id).any(is_safe))
    }

    /// What the client shows of a finding; what it was sent where the client does not say.
    fn shown(&self, finding: &Finding, range: Range) -> Vec<Value> {
        let range = serde_json::to_value(range).unwrap_or_default();
        let is_of = |shown: &&Value| {
            shown.get("code").and_then(Value::as_str) == Some(finding.rule) && shown.get("range") == Some(&range)
        };
        if let Some(shown) = self.wanted.diagnostics.iter().find(is_of) {
            return vec![shown.clone()];
        }
        let made = || {
            let sent: Vec<Diagnostic> = self.session.diagnostics(&self.wanted.path);
            sent.iter().filter_map(|diagnostic| serde_json::to_value(diagnostic).ok()).collect()
        };
        let sent: &Vec<Value> = self.sent.get_or_init(made);
        sent.iter().find(is_of).cloned().into_iter().collect()
    }

    /// Takes a fix, unless another one does the same: then that mends both findings.
    fn offer(&self, rule: &'static str, fix: &Fix, is_first: bool, diagnostics: &[Value], fixes: &mut Vec<Offered>) {
        let Some(edits) = Edits::of(&fix.edits, &self.snapshot.sources, self.session) else { return };
        let edit = edits.workspace_edit(self.session);
        let (title, safety, diagnostics) = (fix.title.clone(), fix.safety, diagnostics.to_vec());
        let offered = Offered { rules: BTreeSet::from([rule]), title, safety, is_first, edit, diagnostics };
        match fixes.iter_mut().find(|other| other.edit == offered.edit) {
            Some(other) => {
                other.diagnostics.extend(offered.diagnostics);
                other.rules.extend(offered.rules);
                other.is_first |= is_first;
                if other.safety == Safety::Unsafe {
                    (other.title, other.safety) = (offered.title, offered.safety);
                }
            }
            None => fixes.push(offered),
        }
    }

    /// A fix as an action; where findings of several rules are at the place, its title says which it mends.
    fn fix(&self, offered: Offered, several: bool) -> Value {
        let Offered { rules, title, safety, is_first, edit, diagnostics } = offered;
        let title = match several {
            true => {
                let rules: Vec<String> = rules.iter().map(|rule| format!("`{rule}`")).collect();
                format!("{}: {title}", rules.join(", "))
            }
            false => sentence(&title),
        };
        let title = match safety {
            Safety::Safe => title,
            Safety::Unsafe => format!("{title} (unsafe: it may change behaviour)"),
        };
        let mut action = json!({"title": title, "kind": QUICK_FIX, "diagnostics": diagnostics, "edit": edit});
        if is_first && safety == Safety::Safe && self.session.client.preferred_actions {
            set(&mut action, "isPreferred", json!(true));
        }
        action
    }

    fn action(&self, title: &str, diagnostics: &[Value], edits: &Edits) -> Value {
        json!({
            "title": title, "kind": QUICK_FIX, "diagnostics": diagnostics,
            "edit": edits.workspace_edit(self.session),
        })
    }

    /// The ways to accept a finding.
    fn accept(&self, finding: &Finding, file: &Arc<SourceFile>, diagnostics: &[Value]) -> Vec<Value> {
        let (Some(place), Ok(rule)) = (finding.primary, catalogue::find(finding.rule)) else { return Vec::new() };
        let mut ways = Vec::new();
        if let Some(edit) = accept::comment(file, place.range, rule)
            && let Some(edits) = Edits::of([&edit], &self.snapshot.sources, self.session)
        {
            let title = format!("Accept `{}` with a comment: write the reason behind `--`", rule.id);
            ways.push(self.action(&title, diagnostics, &edits));
        }
        if let Some((name, edits)) = self.accept_in_configuration(finding, file, place) {
            // An entry of a list has no name to say which one is meant.
            let scope = accept::list_around(file, place.range).map(|list| format!(" for all of `{list}`"));
            let scope = scope.unwrap_or_default();
            let title = format!("Accept `{}`{scope} in {name}: write the reason there", rule.id);
            ways.push(self.action(&title, diagnostics, &edits));
        }
        ways
    }

    /// An entry in the configuration that counts for the finding, or in a new one.
    fn accept_in_configuration(
        &self,
        finding: &Finding,
        file: &Arc<SourceFile>,
        place: Span,
    ) -> Option<(String, Edits)> {
        let rule = catalogue::find(finding.rule).ok()?;
        let sources = &self.snapshot.sources;
        let policy = self.policy(finding, file);
        if let Some(id) = policy.and_then(|policy| policy.files.last()) {
            let configuration = sources.file(*id)?;
            let base = match self.root.judging.config.as_deref() {
                Some(named) if named == configuration.path => &self.root.place.path,
                _ => configuration.path.parent()?,
            };
            let edit = accept::ignore(&configuration, base, file, place.range, rule)?;
            return Some((configuration.name.clone(), Edits::of([&edit], sources, self.session)?));
        }
        let path = self.root.place.path.join(NAMES.first()?);
        if !self.session.client.creates_files || path.exists() || self.root.place.only.is_some() {
            return None;
        }
        let text = accept::configuration(&self.root.place.path, file, place.range, rule)?;
        let name = Path::new(NAMES.first()?).display().to_string();
        Some((name, Edits::creating(path, text)))
    }

    /// How a finding is judged: as its stack is, or the folder of its file.
    fn policy(&self, finding: &Finding, file: &SourceFile) -> Option<&Arc<Policy>> {
        let stack = finding.stacks.first().map(|stack| &*stack.name);
        let folders = &self.snapshot.grouped.folders;
        let of_stack =
            stack.and_then(|name| folders.iter().find(|folder| folder.stacks.iter().any(|spec| spec.name == name)));
        let of_file = || folders.iter().find(|folder| Some(folder.path.as_path()) == file.path.parent());
        of_stack.or_else(of_file).map(|folder| &folder.policy)
    }
}

/// A fix that is offered.
struct Offered {
    /// The rules whose findings it mends.
    rules: BTreeSet<&'static str>,
    title: String,
    safety: Safety,
    /// It is the preferred one of its finding.
    is_first: bool,
    edit: Value,
    diagnostics: Vec<Value>,
}

/// Whether two ranges have a place in common; their ends count.
fn touches(one: Range, other: Range) -> bool {
    one.start <= other.end && other.start <= one.end
}

/// A title as editors show them: with a capital letter.
fn sentence(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn set(action: &mut Value, key: &str, value: Value) {
    if let Some(action) = action.as_object_mut() {
        action.insert(key.to_owned(), value);
    }
}
