//! A whole run: from files to one list of findings.

mod group;
mod judge;
mod merger;
mod narrow;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;

use crate::cancel::Cancel;
use crate::config::{Choice, Flags, Policies, Policy, Setup, UnknownName};
use crate::discover::{self, Defaults, Folder, LooseFile, Plan};
use crate::filter::baseline::Baseline;
use crate::filter::{self, Coverage, Filter, PoliciesOf};
use crate::finding::Severity;
use crate::fingerprint;
use crate::fix;
use crate::map::HashSet;
use crate::outcome::{Outcome, RunError};
use crate::parallel::each;
use crate::postgres::loose::Deployment;
use crate::progress::Progress;
use crate::rule::Rule;
use crate::similar::similar;
use crate::source::Sources;
use crate::stack::{Environment, Stack, StackSpec};
use crate::vfs::FileKind;
pub use group::Group;
use judge::{JudgedStack, judge_configurations, judge_folder, judge_loose, judge_servers};
use merger::{Guesses, Merger};
use narrow::{dedup_errors, limit_findings, narrow};

/// What to run.
#[derive(Debug)]
pub struct Options {
    /// Where to look; all stacks of directories, the stacks that files belong to. Not used if `explicit` is given.
    pub paths: Vec<PathBuf>,
    /// The one stack to judge.
    pub explicit: Option<Explicit>,
    /// Of what is below the paths only this is judged, if it is given; what is said of it is the same.
    pub part: Option<Part>,
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
    /// Somebody reads the fingerprints of findings: a program, or who writes a baseline.
    pub fingerprints: bool,
    /// How far the run has come.
    pub progress: Progress,
    /// Whether somebody still waits for it.
    pub cancel: Cancel,
}

/// A part of what somebody wants to be judged: folders that have nothing to do with any other.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The folders, without those below them.
    pub directories: BTreeSet<PathBuf>,
    /// Everything else could be judged as a whole.
    pub rest_is_whole: bool,
}

impl Options {
    /// Everything below the root, judged with this setup on a day on which nothing is over.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self {
            paths: vec![PathBuf::from(".")],
            explicit: None,
            part: None,
            stack: None,
            defaults: Defaults::default(),
            setup,
            changed: Vec::new(),
            heeds_comments: true,
            today: Date::MIN,
            baseline: None,
            fingerprints: true,
            progress: Progress::default(),
            cancel: Cancel::default(),
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

    /// Where all is judged. One stack, or what touches one file, is not all that something there can be about; nor is what
    /// could be read.
    fn coverage(&self, errors: &[RunError], sources: &Sources) -> Coverage {
        let vfs = sources.vfs();
        let directories: Vec<PathBuf> = self.paths.iter().map(|path| vfs.absolute(path)).collect();
        let is_directory = |path: &PathBuf| vfs.kind(path) == Some(FileKind::Directory);
        let part = self.explicit.is_some() || self.stack.is_some() || !self.changed.is_empty();
        let whole = !part && errors.is_empty() && self.part.as_ref().is_none_or(|part| part.rest_is_whole);
        let whole = whole && directories.iter().all(is_directory);
        Coverage::of(if whole { directories } else { Vec::new() })
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
    run_planned(sources, options).0
}

/// Judges everything that the options name, and says which folders belong together.
#[must_use]
pub fn run_in_groups(sources: &Sources, options: &Options) -> (Outcome, Grouped) {
    let (outcome, plan) = run_planned(sources, options);
    let groups = group::groups(&plan, &outcome, sources);
    let Plan { folders, walked, .. } = plan;
    (outcome, Grouped { groups, walked, folders })
}

/// What was judged, by folders.
#[derive(Debug, Default)]
pub struct Grouped {
    /// The folders that belong together.
    pub groups: Vec<Group>,
    /// All directories that were looked into.
    pub walked: HashSet<PathBuf>,
    /// The folders with something to judge, and their stacks.
    pub folders: Vec<Folder>,
}

fn run_planned(sources: &Sources, options: &Options) -> (Outcome, Plan) {
    let policies = Policies::new(&options.setup, sources);
    let mut plan = match (&options.explicit, &options.part) {
        (Some(explicit), _) => explicit.plan(sources, options, &policies),
        (None, Some(part)) => discover::discover_in(sources, &part.directories, &options.defaults, &policies),
        (None, None) => {
            discover::discover_until(sources, &options.paths, &options.defaults, &policies, &options.cancel)
        }
    };
    if let Some(name) = &options.stack {
        keep_stack(&mut plan, name);
    }
    options.progress.plan(plan.folders.iter().map(|folder| folder.stacks.len()).sum());
    let merger = Merger::new(options.setup.catalogue());
    let judged = each(&plan.folders, |folder| judge_folder(folder, &plan, &merger, sources, options));
    if options.cancel.is_cancelled() {
        return (Outcome::default(), plan);
    }
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

    let mut outcome = Outcome { errors: std::mem::take(&mut plan.errors), ..Outcome::default() };
    let mut guesses = Guesses::default();
    let mut policies = PoliciesOf::new(&policies);
    let mut findings = Vec::new();
    for JudgedStack { summary, errors, certainty, file, mounted, verdicts, policy, .. } in judged.into_iter().flatten()
    {
        policies.add(&summary.name, policy);
        findings.extend(verdicts.findings);
        outcome.evidence.extend(verdicts.evidence);
        outcome.errors.extend(errors);
        guesses.add(&summary.name, certainty, file, mounted);
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
    let coverage = options.coverage(&outcome.errors, sources).without_failed(&findings, options.setup.catalogue());
    let filter = Filter::new(&findings, &policies, sources, options.today, options.heeds_comments);
    let verdicts = filter.verdicts(&findings, &coverage, &policies, sources);
    let (mut kept, accepted) = filter.part(findings);
    kept.extend(verdicts);
    let finished = |findings| {
        let mut findings = merger.merged(findings);
        guesses.weigh(&mut findings, options.setup.catalogue());
        merger::sort(&mut findings, sources);
        findings
    };
    outcome.suppressed = filter.explain(finished(accepted), sources);
    outcome.findings = finished(kept).into_iter().map(|finding| *finding).collect();
    if options.fingerprints || options.baseline.is_some() {
        let suppressed = outcome.suppressed.iter_mut().map(|suppressed| &mut suppressed.finding);
        fingerprint::give(outcome.findings.iter_mut().chain(suppressed).collect(), sources);
    }
    if let Some(baseline) = &options.baseline {
        filter::pass_known(&mut outcome, baseline, &coverage, &policies, sources);
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
    (outcome, plan)
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
    let ran = |rule: &Rule| policies.iter().any(|policy| policy.runs(rule.id));
    catalogue.iter().filter(|rule| policies.is_empty() || ran(rule)).collect()
}
