//! What the rules say of the stacks of a folder, and of its files that no stack has read.

use std::path::PathBuf;
use std::sync::Arc;

use super::Options;
use super::merger::Merger;
use crate::check::{self, Verdicts};
use crate::config::Policy;
use crate::discover::{Folder, LooseFile, LooseKind, Plan};
use crate::map::HashSet;
use crate::origin::{FileId, Span};
use crate::outcome::{FINDING_LIMIT, RunError, StackSummary};
use crate::postgres::loose::{Deployment, LooseServers};
use crate::source::{SourceFile, Sources};
use crate::stack::{Certainty, Environment, Problem, ProblemKind, Stack};

/// A stack, and what the rules say of it.
pub(super) struct JudgedStack {
    pub(super) summary: StackSummary,
    /// Because of which something was left unjudged.
    pub(super) errors: Vec<RunError>,
    pub(super) certainty: Certainty,
    pub(super) policy: Arc<Policy>,
    /// The last layer: what the stack is about.
    pub(super) file: String,
    /// What only its programs read.
    pub(super) mounted: Vec<FileId>,
    pub(super) verdicts: Verdicts,
    /// Its PostgreSQL servers, as files around it see them.
    pub(super) deployment: Option<Deployment>,
}

pub(super) fn judge_folder(
    folder: &Folder,
    plan: &Plan,
    merger: &Merger,
    sources: &Sources,
    options: &Options,
) -> Vec<JudgedStack> {
    let vfs = sources.vfs();
    let mut judged = Vec::new();
    let mut read = Vec::new();
    for spec in folder.stacks.iter().take_while(|_| !options.cancel.is_cancelled()) {
        let stack = Stack::resolve(spec.clone(), sources);
        let mut verdicts = check::check_stack(&stack, &folder.policy, sources);
        forget_templates(&mut verdicts, &stack, sources);
        verdicts.findings = merger.merged(verdicts.findings);
        read.extend(stack.files.iter().chain(&stack.mounted).copied());
        let names =
            stack.files.iter().chain(&stack.mounted).filter_map(|id| sources.file(*id)).map(|file| file.name.clone());
        let errors = unjudged(&stack.problems).collect();
        let deployment = Deployment::of(&stack, sources);
        let refusals = stack.problems.into_iter().filter(Problem::refused_by_compose);
        let summary = StackSummary {
            name: spec.name.clone(),
            files: names.collect(),
            missing: stack.missing.iter().map(|path| vfs.display(path)).collect(),
            environment: stack.environment.kind.name(),
            reason: stack.environment.reason,
            errors: refusals.take(FINDING_LIMIT).collect(),
        };
        let file = spec.files.last().map(|file| vfs.display(file)).unwrap_or_default();
        let mounted = stack.mounted;
        let (certainty, policy) = (spec.certainty, Arc::clone(&folder.policy));
        judged.push(JudgedStack { summary, errors, certainty, policy, file, mounted, verdicts, deployment });
        options.progress.judged_one(sources.count());
    }
    for file in read.into_iter().filter_map(|id| sources.file(id)) {
        // What others bring in as well stays parsed.
        if file.path.starts_with(&folder.path) && !plan.referenced.contains(&file.path) {
            file.release();
        }
    }
    judged
}

/// Templates answer only to rules that say so; a stack that really loads one as a layer or an env file was asked to.
fn forget_templates(verdicts: &mut Verdicts, stack: &Stack, sources: &Sources) {
    let loaded = |span: Span| stack.files.contains(&span.file) || stack.mounted.contains(&span.file);
    verdicts.findings.retain(|finding| {
        finding.primary.is_none_or(|span| {
            loaded(span) || sources.file(span.file).is_none_or(|file| !crate::template::is_template(&file.name))
        })
    });
}

/// Judges a file by itself, unless a stack has read it.
pub(super) fn judge_loose(
    loose: &LooseFile,
    policy: &Policy,
    sources: &Sources,
    options: &Options,
) -> Result<Verdicts, RunError> {
    let check: fn(&Arc<SourceFile>, Option<&Environment>, &Policy, &Sources) -> Verdicts = match loose.kind {
        LooseKind::Env => check::check_env_file,
        // Several of one folder belong together.
        LooseKind::PgHba | LooseKind::PostgresqlConf | LooseKind::Application => return Ok(Verdicts::default()),
    };
    let name = sources.vfs().display(&loose.path);
    let file = sources.open(&loose.path).map_err(|error| {
        let message = format!("cannot read `{name}`: {error}");
        RunError { message, place: None, partial: error.is_partial() }
    })?;
    if file.is_judged() {
        return Ok(Verdicts::default());
    }
    file.mark_judged();
    let verdicts = check(&file, options.declared(policy, sources).as_ref(), policy, sources);
    file.release();
    Ok(verdicts)
}

/// Judges the configuration files of a folder that no stack has read. A layer of theirs that one has read counts, but is
/// not judged again.
pub(super) fn judge_configurations(folder: &Folder, sources: &Sources, options: &Options) -> (Verdicts, Vec<RunError>) {
    let files = folder.loose.iter().filter(|file| file.kind == LooseKind::Application);
    let files: Vec<PathBuf> = files.map(|file| file.path.clone()).collect();
    let is_known = |path: &&PathBuf| sources.open(path).is_ok_and(|file| file.is_judged());
    let known: HashSet<PathBuf> = files.iter().filter(is_known).cloned().collect();
    if known.len() == files.len() {
        return Default::default();
    }
    let declared = options.declared(&folder.policy, sources);
    let (mut verdicts, problems) = check::check_configurations(&files, declared.as_ref(), &folder.policy, sources);
    let is_known = |span: Span| sources.file(span.file).is_some_and(|file| known.contains(&file.path));
    verdicts.findings.retain(|finding| !finding.primary.is_some_and(is_known));
    for path in &files {
        if let Ok(file) = sources.open(path) {
            file.release();
        }
    }
    (verdicts, unjudged(&problems).collect())
}

/// Judges the files of PostgreSQL servers in a folder that no stack has read.
pub(super) fn judge_servers(
    folder: &Folder,
    deployments: &[Deployment],
    sources: &Sources,
    options: &Options,
) -> (Verdicts, Vec<RunError>) {
    let loose = LooseServers::of(&folder.loose, deployments, sources);
    let declared = options.declared(&folder.policy, sources);
    let verdicts = check::check_servers(&loose, declared.as_ref(), &folder.policy, sources);
    let mut errors = loose.errors;
    errors.extend(unjudged(&loose.problems));
    (verdicts, errors)
}

/// The problems because of which something was left unjudged, as errors of the run.
fn unjudged(problems: &[Problem]) -> impl Iterator<Item = RunError> {
    problems.iter().filter(|problem| problem.kind.leaves_unjudged()).map(|problem| RunError {
        message: problem.message.clone(),
        place: problem.place,
        partial: matches!(problem.kind, ProblemKind::OutsideRoot | ProblemKind::OverLimit),
    })
}
