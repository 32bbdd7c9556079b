//! A whole run: from files to one list of findings.

use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;

use crate::check::{self, Verdicts};
use crate::config::{Choice, Flags, Policies, Policy, Setup, UnknownName};
use crate::discover::{self, Defaults, Folder, LooseFile, LooseKind, Plan};
use crate::filter::baseline::Baseline;
use crate::filter::{Coverage, Filter, PoliciesOf};
use crate::finding::{Confidence, Finding, Severity, StackVerdict};
use crate::fingerprint;
use crate::fix;
use crate::map::{HashMap, HashSet};
use crate::origin::{FileId, Span};
use crate::outcome::{Outcome, RunError, StackSummary};
use crate::postgres::loose::{Deployment, LooseServers};
use crate::progress::Progress;
use crate::rule::{Check, Rule};
use crate::similar::similar;
use crate::source::{SourceFile, Sources};
use crate::stack::{Certainty, Environment, Problem, ProblemKind, Stack, StackSpec};

/// Below so many folders threads cost more than they bring.
const PARALLEL_FROM: usize = 8;

/// How many findings of one rule in one file are kept: nobody reads more, and a hostile file makes one of every byte.
pub const FINDING_LIMIT: usize = 1_000;

/// What to run.
#[derive(Debug)]
pub struct Options {
    /// Where to look; all stacks of directories, the stacks that files belong to. Not used if `explicit` is given.
    pub paths: Vec<PathBuf>,
    /// The one stack to judge.
    pub explicit: Option<Explicit>,
    /// Of the stacks only the one of this name, if one is given.
    pub stack: Option<String>,
    /// What makes the stacks, besides the files.
    pub defaults: Defaults,
    /// How each directory is judged.
    pub setup: Setup,
    /// Only what touches one of these files is reported, if there are any.
    pub changed: Vec<PathBuf>,
    /// Comments in the judged files accept findings.
    pub heeds_comments: bool,
    /// The day it is.
    pub today: Date,
    /// The findings that were there before.
    pub baseline: Option<Baseline>,
    /// How far the run has come.
    pub progress: Progress,
}

impl Options {
    /// Everything below the root, judged with this setup on a day on which nothing is over.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self {
            paths: vec![PathBuf::from(".")],
            explicit: None,
            stack: None,
            defaults: Defaults::default(),
            setup,
            changed: Vec::new(),
            heeds_comments: true,
            today: Date::MIN,
            baseline: None,
            progress: Progress::default(),
        }
    }

    /// Everything below the root, with every finding of the rules of these names, or of all rules if none is named.
    ///
    /// # Errors
    /// If a name is no rule and no family.
    pub fn all(catalogue: &'static [Rule], names: &[&str]) -> Result<Self, UnknownName> {
        let select = names.iter().map(|name| (*name).to_owned()).collect();
        let flags = Flags { select, min_severity: Some(Severity::Info), ..Flags::default() };
        Ok(Self::new(Setup::new(catalogue, Choice::Nearest, flags)?))
    }

    /// What files outside any stack are for, if somebody said so.
    fn declared(&self, policy: &Policy, sources: &Sources) -> Option<Environment> {
        self.defaults.environment.clone().or_else(|| policy.environment(sources))
    }
}

/// One stack as a command line describes it.
#[derive(Clone, Debug, Default)]
pub struct Explicit {
    /// The Compose files, first layer first; the default ones of the directory if empty.
    pub files: Vec<PathBuf>,
    /// The files that define variables; the default one if empty.
    pub env_files: Vec<PathBuf>,
    /// The project directory; that of the first file if absent.
    pub directory: Option<PathBuf>,
}

/// The one stack that a command line describes, or the default stack of its directory; nothing if there is none.
#[must_use]
pub fn resolve(sources: &Sources, explicit: &Explicit, defaults: &Defaults) -> Option<Stack> {
    Some(Stack::resolve(explicit.spec(sources, defaults)?, sources))
}

/// The stack that `options.stack` names; nothing if nothing is named.
///
/// # Errors
/// If there is no stack of that name, or a configuration cannot be used.
pub fn resolve_named(sources: &Sources, options: &Options) -> Result<Option<Stack>, RunError> {
    let policies = Policies::new(&options.setup, sources);
    let mut plan = discover::discover(sources, &options.paths, &options.defaults, &policies);
    if let Some(name) = &options.stack {
        keep_stack(&mut plan, name);
    }
    match plan.errors.into_iter().next() {
        Some(error) => Err(error),
        None => {
            let spec = plan.folders.into_iter().flat_map(|folder| folder.stacks).next();
            Ok(spec.map(|spec| Stack::resolve(spec, sources)))
        }
    }
}

impl Explicit {
    fn spec(&self, sources: &Sources, defaults: &Defaults) -> Option<StackSpec> {
        discover::explicit(sources, &self.files, &self.env_files, self.directory.as_deref(), defaults)
    }

    fn plan(&self, sources: &Sources, options: &Options, policies: &Policies<'_>) -> Plan {
        let mut plan = Plan::default();
        let Some(mut spec) = self.spec(sources, &options.defaults) else { return plan };
        let path = spec.files.first().map_or_else(|| spec.directory.clone(), |first| crate::stack::directory_of(first));
        match policies.of(&path) {
            Ok(policy) => {
                spec.environment = spec.environment.or_else(|| policy.environment(sources));
                plan.folders.push(Folder { path, policy, stacks: vec![spec], loose: Vec::new() });
            }
            Err(error) => plan.errors.push(RunError::from(&*error)),
        }
        plan
    }
}

/// Judges everything that the options name.
#[must_use]
pub fn run(sources: &Sources, options: &Options) -> Outcome {
    let policies = Policies::new(&options.setup, sources);
    let mut plan = match &options.explicit {
        Some(explicit) => explicit.plan(sources, options, &policies),
        None => discover::discover(sources, &options.paths, &options.defaults, &policies),
    };
    if let Some(name) = &options.stack {
        keep_stack(&mut plan, name);
    }
    options.progress.plan(plan.folders.iter().map(|folder| folder.stacks.len()).sum());
    let judged = each(&plan.folders, |folder| judge_folder(folder, &plan, sources, &options.progress));
    // Only now it is known which files no stack read.
    let loose: Vec<(&LooseFile, &Policy)> =
        plan.folders.iter().flat_map(|folder| folder.loose.iter().map(|file| (file, &*folder.policy))).collect();
    let mut loose = each(&loose, |(file, policy)| judge_loose(file, policy, sources, options));
    for (verdicts, errors) in each(&plan.folders, |folder| judge_configurations(folder, sources, options)) {
        loose.push(Ok(verdicts));
        loose.extend(errors.into_iter().map(Err));
    }
    let deployments: Vec<Deployment> = judged.iter().flatten().filter_map(|judged| judged.deployment.clone()).collect();
    for (verdicts, errors) in each(&plan.folders, |folder| judge_servers(folder, &deployments, sources, options)) {
        loose.push(Ok(verdicts));
        loose.extend(errors.into_iter().map(Err));
    }

    let mut outcome = Outcome { errors: plan.errors, ..Outcome::default() };
    let mut merger = Merger::new(sources, options.setup.catalogue());
    let mut policies = PoliciesOf::new(&policies);
    let mut findings = Vec::new();
    for JudgedStack { summary, errors, certainty, file, mounted, verdicts, policy, .. } in judged.into_iter().flatten()
    {
        policies.add(&summary.name, policy);
        findings.extend(merger.of_one_stack(verdicts.findings));
        outcome.evidence.extend(verdicts.evidence);
        outcome.errors.extend(errors);
        merger.mounted.extend(mounted);
        merger.certainty.insert(summary.name.clone(), (certainty, file));
        outcome.stacks.push(summary);
    }
    for result in loose {
        match result {
            Ok(verdicts) => {
                findings.extend(verdicts.findings);
                outcome.evidence.extend(verdicts.evidence);
            }
            Err(error) => outcome.errors.push(error),
        }
    }
    outcome.rules = rules_that_ran(&plan.folders, options.setup.catalogue());
    let coverage = Coverage::of(&findings, &outcome.errors, sources, options);
    let filter = Filter::new(&findings, &policies, sources, options.today, options.heeds_comments);
    let verdicts = filter.verdicts(&findings, &coverage, &policies, sources);
    let (kept, accepted) = filter.part(findings);
    let mut beside = merger.beside();
    beside.add(accepted);
    outcome.suppressed = filter.explain(beside.finish(), sources);
    merger.add(kept);
    merger.add(verdicts);
    outcome.findings = merger.finish();
    let suppressed = outcome.suppressed.iter_mut().map(|suppressed| &mut suppressed.finding);
    fingerprint::give(outcome.findings.iter_mut().chain(suppressed).collect(), sources);
    if let Some(baseline) = &options.baseline {
        outcome.pass(baseline, &coverage, &policies, sources);
    }
    outcome.findings.retain(|finding| policies.shows(finding, sources));
    outcome.suppressed.retain(|suppressed| policies.shows(&suppressed.finding, sources));
    fix::drop_clashing(&mut outcome.findings, &outcome.stacks, sources);
    outcome.stacks.sort_by(|left, right| left.name.cmp(&right.name));
    narrow(&mut outcome, sources, options);
    limit_findings(&mut outcome, sources);
    dedup_errors(&mut outcome.errors);
    outcome.failing = outcome.findings.iter().filter(|finding| policies.fails(finding, sources)).count();
    outcome.files = sources.files().iter().filter(|file| file.is_judged()).count();
    outcome
}

/// The results of something done to each item, in the order of the items.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], judge: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    if items.len() < PARALLEL_FROM { items.iter().map(judge).collect() } else { items.par_iter().map(judge).collect() }
}

/// Keeps the one stack of this name.
fn keep_stack(plan: &mut Plan, name: &str) {
    let stacks = plan.folders.iter().flat_map(|folder| &folder.stacks).map(|stack| stack.name.as_str());
    if !stacks.clone().any(|known| known == name) {
        let help = match similar(name, stacks.clone()) {
            Some(known) => format!("did you mean `{known}`?"),
            None if stacks.clone().next().is_none() => "there is none at all".to_owned(),
            None => format!("there are {}", stacks.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        };
        let message = format!("there is no stack `{name}`; {help}");
        plan.errors.push(RunError { message, place: None, partial: false });
    }
    for folder in &mut plan.folders {
        folder.stacks.retain(|stack| stack.name == name);
        folder.loose.clear();
    }
}

/// The rules that ran in some folder, in the order of the catalogue.
fn rules_that_ran(folders: &[Folder], catalogue: &'static [Rule]) -> Vec<&'static Rule> {
    let policies: Vec<&Arc<Policy>> = {
        let mut seen = HashSet::default();
        folders.iter().map(|folder| &folder.policy).filter(|policy| seen.insert(Arc::as_ptr(policy))).collect()
    };
    let ran = |rule: &Rule| policies.iter().any(|policy| !policy.left_out.contains_key(rule.id));
    catalogue.iter().filter(|rule| policies.is_empty() || ran(rule)).collect()
}

struct JudgedStack {
    summary: StackSummary,
    /// Because of which something was left unjudged.
    errors: Vec<RunError>,
    certainty: Certainty,
    policy: Arc<Policy>,
    /// The last layer: what the stack is about.
    file: String,
    /// What only its programs read.
    mounted: Vec<FileId>,
    verdicts: Verdicts,
    /// Its PostgreSQL servers, as files around it see them.
    deployment: Option<Deployment>,
}

fn judge_folder(folder: &Folder, plan: &Plan, sources: &Sources, progress: &Progress) -> Vec<JudgedStack> {
    let vfs = sources.vfs();
    let mut judged = Vec::new();
    let mut read = Vec::new();
    for spec in &folder.stacks {
        let stack = Stack::resolve(spec.clone(), sources);
        let mut verdicts = check::check_stack(&stack, &folder.policy, sources);
        forget_templates(&mut verdicts, &stack, sources);
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
        progress.judged_one(sources.count());
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
fn judge_loose(loose: &LooseFile, policy: &Policy, sources: &Sources, options: &Options) -> Result<Verdicts, RunError> {
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
fn judge_configurations(folder: &Folder, sources: &Sources, options: &Options) -> (Verdicts, Vec<RunError>) {
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
fn judge_servers(
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

/// Leaves out what is beyond the [`FINDING_LIMIT`], and says so.
fn limit_findings(outcome: &mut Outcome, sources: &Sources) {
    let Outcome { findings, suppressed, errors, .. } = outcome;
    let mut limit = Limit { counts: HashMap::default(), sources, errors };
    findings.retain(|finding| limit.keeps(finding, "findings"));
    limit.counts.clear();
    suppressed.retain(|suppressed| limit.keeps(&suppressed.finding, "accepted findings"));
}

struct Limit<'a> {
    counts: HashMap<(&'static str, Option<FileId>), usize>,
    sources: &'a Sources,
    errors: &'a mut Vec<RunError>,
}

impl Limit<'_> {
    fn keeps(&mut self, finding: &Finding, what: &str) -> bool {
        let count = self.counts.entry((finding.rule, finding.primary.map(|span| span.file))).or_default();
        *count += 1;
        if *count == FINDING_LIMIT + 1 {
            let file = finding.primary.and_then(|span| self.sources.file(span.file));
            let place = file.map_or_else(|| "this run".to_owned(), |file| format!("`{}`", file.name));
            let message = format!(
                "{place} has more than {FINDING_LIMIT} {what} of `{}`; the rest, from here on, is left out",
                finding.rule
            );
            self.errors.push(RunError { message, place: finding.primary, partial: true });
        }
        *count <= FINDING_LIMIT
    }
}

fn dedup_errors(errors: &mut Vec<RunError>) {
    let mut seen = HashSet::default();
    errors.retain(|error| seen.insert((error.message.clone(), error.place)));
}

/// Of files that were named only the stacks they belong to count, and of their findings those that touch them.
fn narrow(outcome: &mut Outcome, sources: &Sources, options: &Options) {
    let vfs = sources.vfs();
    let absolute = |paths: &[PathBuf]| paths.iter().map(|path| vfs.absolute(path)).collect::<Vec<_>>();
    let is_file = |path: &PathBuf| vfs.kind(path) != Some(crate::vfs::FileKind::Directory);
    let paths = absolute(&options.paths);
    if options.explicit.is_none() && paths.iter().any(is_file) {
        keep_touched(
            outcome,
            sources,
            |path| paths.iter().any(|named| path == named || (!is_file(named) && path.starts_with(named))),
            &HashSet::default(),
        );
    }
    if !options.changed.is_empty() {
        let changed: HashSet<PathBuf> = absolute(&options.changed).into_iter().collect();
        let gone = changed.iter().filter(|path| !vfs.is_present(path) && is_loaded_by_name(path));
        let gone: HashSet<&std::path::Path> = gone.filter_map(|path| path.parent()).collect();
        keep_touched(outcome, sources, |path| changed.contains(path), &gone);
    }
}

/// Whether Docker Compose may load a file because of its name alone: that it is gone changes the stacks of its folder,
/// and none of them knows.
fn is_loaded_by_name(path: &std::path::Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(discover::is_compose_name)
}

/// Keeps the stacks that have, or lack, a file that `within` says, and the findings that touch one. What a stack lacks
/// stands nowhere: all that is found in the stack may be because of it. So it is where a layer is `gone` from its folder.
fn keep_touched(
    outcome: &mut Outcome,
    sources: &Sources,
    within: impl Fn(&std::path::Path) -> bool,
    gone: &HashSet<&std::path::Path>,
) {
    let vfs = sources.vfs();
    let absolute = |name: &String| vfs.absolute(std::path::Path::new(name));
    let named = |name: &String| within(&absolute(name));
    let lost = |stack: &StackSummary| {
        !gone.is_empty() && stack.files.iter().any(|name| absolute(name).parent().is_some_and(|it| gone.contains(it)))
    };
    outcome.stacks.retain(|stack| stack.files.iter().chain(&stack.missing).any(named) || lost(stack));
    let lacking = outcome.stacks.iter().filter(|stack| stack.missing.iter().any(named) || lost(stack));
    let lacking: HashSet<String> = lacking.map(|stack| stack.name.clone()).collect();
    let touches = |span: Span| sources.file(span.file).is_some_and(|file| within(&file.path));
    let touched = |finding: &Finding| {
        let places = finding.trail.iter().map(|step| step.place).chain(finding.related.iter().map(|other| other.place));
        finding.primary.into_iter().chain(places).any(touches)
            || finding.stacks.iter().any(|stack| lacking.contains(&stack.name))
    };
    outcome.findings.retain(touched);
    outcome.suppressed.retain(|suppressed| touched(&suppressed.finding));
}

/// Makes one finding of those that several stacks, or several uses in one stack, give for the same place.
struct Merger<'a> {
    sources: &'a Sources,
    catalogue: &'static [Rule],
    findings: Vec<Finding>,
    known: HashMap<(&'static str, Option<Span>, String), usize>,
    /// How sure each stack is, and the file it is about.
    certainty: HashMap<String, (Certainty, String)>,
    /// The rules that judge settings.
    of_settings: Arc<HashSet<&'static str>>,
    /// Files that only programs read: what is wrong with them holds however the stack is run.
    mounted: HashSet<FileId>,
}

impl<'a> Merger<'a> {
    fn new(sources: &'a Sources, catalogue: &'static [Rule]) -> Self {
        let of_settings = catalogue.iter().filter(|rule| matches!(rule.check, Check::Setting(_)));
        let of_settings = Arc::new(of_settings.map(|rule| rule.id).collect());
        Self::knowing(sources, catalogue, of_settings)
    }

    fn knowing(sources: &'a Sources, catalogue: &'static [Rule], of_settings: Arc<HashSet<&'static str>>) -> Self {
        Self {
            sources,
            catalogue,
            findings: Vec::new(),
            known: HashMap::default(),
            certainty: HashMap::default(),
            of_settings,
            mounted: HashSet::default(),
        }
    }

    /// The findings of one stack: the uses of a definition are one, with a trail to each of them.
    fn of_one_stack(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let mut one = Self::knowing(self.sources, self.catalogue, Arc::clone(&self.of_settings));
        one.add(findings);
        one.join_overlapping();
        one.findings
    }

    /// Another one that knows the same of the stacks, and no finding.
    fn beside(&self) -> Self {
        let (certainty, mounted) = (self.certainty.clone(), self.mounted.clone());
        let beside = Self::knowing(self.sources, self.catalogue, Arc::clone(&self.of_settings));
        Self { certainty, mounted, ..beside }
    }

    fn add(&mut self, findings: Vec<Finding>) {
        self.known.reserve(findings.len());
        self.findings.reserve(findings.len());
        for finding in findings {
            // Without a place the subject tells findings apart.
            let subject = if finding.primary.is_some() { String::new() } else { finding.subject.clone() };
            match self.known.entry((finding.rule, finding.primary, subject)) {
                Entry::Vacant(slot) => {
                    slot.insert(self.findings.len());
                    self.findings.push(finding);
                }
                Entry::Occupied(slot) => {
                    if let Some(known) = self.findings.get_mut(*slot.get()) {
                        merge(known, finding);
                    }
                }
            }
        }
    }

    fn finish(mut self) -> Vec<Finding> {
        self.join_overlapping();
        self.weigh_guesses();
        let Self { sources, mut findings, .. } = self;
        let mut files: HashMap<FileId, Arc<SourceFile>> = HashMap::default();
        for finding in &mut findings {
            finding.stacks.sort_by(|left, right| left.name.cmp(&right.name));
            if let Some(span) = finding.primary
                && let Entry::Vacant(slot) = files.entry(span.file)
                && let Some(file) = sources.file(span.file)
            {
                slot.insert(file);
            }
        }
        let key = |finding: &Finding| {
            let path = finding.primary.and_then(|span| files.get(&span.file)).map(|file| file.name.as_str());
            (path, finding.primary.map(|span| span.range.start), finding.rule)
        };
        findings.sort_by(|left, right| key(left).cmp(&key(right)).then_with(|| left.subject.cmp(&right.subject)));
        findings
    }

    /// A value may be judged whole where it is defined and in part where it is used: the whole is the place to edit.
    fn join_overlapping(&mut self) {
        let Self { findings, of_settings, .. } = self;
        let mut candidates: Vec<Finding> =
            findings.extract_if(.., |finding| of_settings.contains(finding.rule)).collect();
        // The widest of those that start at one place comes first.
        candidates.sort_by_key(|finding| {
            let span = finding.primary.map(|span| (span.file, span.range.start, std::cmp::Reverse(span.range.end)));
            (finding.rule, span)
        });
        let mut joined: Vec<Finding> = Vec::with_capacity(candidates.len());
        for finding in candidates {
            let outer = joined.last_mut().filter(|last| {
                let places = last.primary.zip(finding.primary);
                last.rule == finding.rule
                    && places.is_some_and(|(last, own)| last.file == own.file && last.range.contains(own.range))
            });
            match outer {
                Some(outer) => merge(outer, Finding { severity: Severity::Info, ..finding }),
                None => joined.push(finding),
            }
        }
        self.findings.extend(joined);
    }

    /// A file that may be a layer or stand alone is judged as both: what holds in one reading only is less sure. And a
    /// stack that Docker Compose refuses may simply not be meant to run like this if it was guessed, or if its file is a
    /// part of another: it is told once, as information.
    fn weigh_guesses(&mut self) {
        let refusals: Vec<&'static str> = self
            .catalogue
            .iter()
            .filter(|rule| matches!(rule.check, Check::Problem(kind) if kind.refused_by_compose()))
            .map(|rule| rule.id)
            .collect();
        let mut told = HashSet::default();
        self.findings.retain_mut(|finding| {
            let certainty = |stack: &StackVerdict| self.certainty.get(&stack.name).map(|(known, _)| *known);
            if finding.stacks.iter().filter_map(certainty).all(|known| known == Certainty::Certain) {
                return true;
            }
            let is_refusal = refusals.contains(&finding.rule)
                && !finding.primary.is_some_and(|span| self.mounted.contains(&span.file));
            let known: Vec<_> = finding.stacks.iter().filter_map(|stack| self.certainty.get(&stack.name)).collect();
            let is_part = |known: &&&(Certainty, String)| known.0 == Certainty::Part;
            let Some((_, file)) = known.iter().find(is_part).or(known.first()) else { return true };
            let is_guessed =
                |name: &str| self.certainty.get(name).is_some_and(|(known, _)| *known == Certainty::Guessed);
            let guessed: Vec<&str> =
                finding.stacks.iter().map(|stack| stack.name.as_str()).filter(|name| is_guessed(name)).collect();
            let alone = guessed.iter().filter(|name| name.ends_with(":alone")).count();
            let one_sided = alone == 0 || alone == guessed.len();
            let one_reading = one_sided && guessed.len() == finding.stacks.len();
            let nobody_runs = one_sided && known.iter().all(|(known, _)| *known != Certainty::Certain);
            let note = if one_reading {
                let reading = if alone > 0 { "alone" } else { "on top of the default file" };
                format!("holds only if `{file}` is run {reading}")
            } else if nobody_runs && is_refusal {
                format!("`{file}` seems to be a part of a stack: this holds only if it is run alone")
            } else {
                return true;
            };
            finding.help = Some(finding.help.take().map_or(note.clone(), |help| format!("{help}; {note}")));
            if one_reading {
                finding.confidence = finding.confidence.min(Confidence::Medium);
            }
            if is_refusal {
                finding.severity = Severity::Info;
                let names: Vec<String> = finding.stacks.iter().map(|stack| stack.name.clone()).collect();
                if !told.insert(names) {
                    return false;
                }
            }
            for stack in &mut finding.stacks {
                stack.confidence = stack.confidence.min(finding.confidence);
                stack.severity = stack.severity.min(finding.severity);
            }
            true
        });
    }
}

/// Takes another finding of the same rule at the same place into `known`.
fn merge(known: &mut Finding, other: Finding) {
    let same_stack = known.stacks.iter().any(|stack| other.stacks.iter().any(|more| more.name == stack.name));
    for more in other.stacks {
        match known.stacks.iter_mut().find(|stack| stack.name == more.name) {
            Some(stack) => {
                stack.severity = stack.severity.max(more.severity);
                stack.confidence = stack.confidence.max(more.confidence);
            }
            None => known.stacks.push(more),
        }
    }
    let worse = (other.severity, other.confidence) > (known.severity, known.confidence);
    known.confidence = known.confidence.max(other.confidence);
    if same_stack {
        // Several uses of one definition: the trail goes to each of them.
        let steps = other.trail.iter().filter(|step| !known.trail.contains(step)).cloned().collect::<Vec<_>>();
        known.trail.extend(steps);
    } else if worse || known.trail.is_empty() {
        known.trail = other.trail;
    }
    // What is said of one use only, such as that its service seldom runs, does not hold for all of them.
    if let (Some(help), Some(plainer)) = (&known.help, &other.help)
        && !worse
        && help.starts_with(plainer.as_str())
    {
        known.help.clone_from(&other.help);
    }
    for related in other.related {
        if !known.related.contains(&related) {
            known.related.push(related);
        }
    }
    if worse {
        known.severity = other.severity;
        known.message = other.message;
        known.help = other.help;
        known.subject = other.subject;
        if same_stack && !other.fixes.is_empty() {
            known.fixes = other.fixes.clone();
        }
    }
    if !same_stack {
        // A fix changes every stack that reads the place: it must be right in all of them.
        known.fixes.retain(|fix| other.fixes.contains(fix));
    }
}
