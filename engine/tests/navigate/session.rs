//! Stacks in memory, a cursor in one of their files, and answers in words.

use std::path::{Path, PathBuf};

use stacklint_engine::config::{Choice, Flags, Policies, Policy, Setup};
use stacklint_engine::discover::{Defaults, discover};
use stacklint_engine::navigate::{Definition, Hover, Index, Masker, Navigator, Shown, Standing, Target, VariableState};
use stacklint_engine::origin::{FileId, Role, Span, Step};
use stacklint_engine::secrets::mask_ranges;
use stacklint_engine::setting;
use stacklint_engine::source::Sources;
use stacklint_engine::stack::Stack;
use stacklint_engine::stack::container::ContainerFiles;
use stacklint_engine::text::Text;
use stacklint_engine::vfs::Vfs;

/// What stands for the cursor in a file.
const CURSOR: char = '¦';

/// All stacks of some files, and the cursor in one of them.
pub(crate) struct Session {
    pub(crate) sources: Sources,
    pub(crate) stacks: Vec<(Stack, Index)>,
    cursor: Option<(PathBuf, u32)>,
    secrets: Vec<Span>,
    policy: Option<Policy>,
}

impl Session {
    /// Opens files. One of them may have the cursor in it.
    pub(crate) fn open(files: &[(&str, &str)]) -> Self {
        Self::with(files, Defaults::default())
    }

    pub(crate) fn with(files: &[(&str, &str)], defaults: Defaults) -> Self {
        let texts: Vec<(&str, String)> = files.iter().map(|(name, text)| (*name, text.replace(CURSOR, ""))).collect();
        let vfs = Vfs::in_memory(texts.iter().map(|(name, text)| (*name, text.as_bytes())));
        let cursor = files.iter().find_map(|(name, text)| {
            let offset = text.find(CURSOR)?;
            Some((vfs.absolute(Path::new(name)), u32::try_from(offset).unwrap()))
        });
        Self::of(Sources::new(vfs), cursor, &defaults)
    }

    /// Opens all stacks of a directory.
    pub(crate) fn on_disk(directory: &Path) -> Self {
        Self::of(Sources::new(Vfs::on_disk(directory).unwrap()), None, &Defaults::default())
    }

    fn of(sources: Sources, cursor: Option<(PathBuf, u32)>, defaults: &Defaults) -> Self {
        let setup = Setup::new(&[], Choice::Nearest, Flags::default()).unwrap();
        let policies = Policies::new(&setup, &sources);
        let plan = discover(&sources, &[PathBuf::from(".")], defaults, &policies);
        let specs = plan.folders.iter().flat_map(|folder| &folder.stacks);
        let stacks: Vec<(Stack, Index)> = specs
            .map(|spec| {
                let stack = Stack::resolve(spec.clone(), &sources);
                let index = Index::of(&stack);
                (stack, index)
            })
            .collect();
        let mut secrets = Vec::new();
        for (stack, _) in &stacks {
            let settings = setting::of_stack(stack, &ContainerFiles::of_services(stack), &sources);
            let found = settings.iter().flat_map(|setting| &setting.secrets);
            secrets.extend(
                found.flat_map(|secret| secret.text.pieces().filter_map(|(_, piece)| piece.place).collect::<Vec<_>>()),
            );
        }
        let policy = plan.folders.first().map(|folder| Policy::clone(&folder.policy));
        Self { sources, stacks, cursor, secrets, policy }
    }

    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Navigator<'_>) -> T) -> T {
        let masker = Mask { session: self };
        let stacks = self.stacks.iter().map(|(stack, index)| (stack, index));
        let mut navigator = Navigator::new(&self.sources, stacks, &masker);
        if let Some(policy) = &self.policy {
            navigator = navigator.with_policy(policy);
        }
        question(&navigator)
    }

    pub(crate) fn file(&self, name: &str) -> FileId {
        self.sources.open(&self.sources.vfs().absolute(Path::new(name))).unwrap().id
    }

    fn at(&self) -> (FileId, u32) {
        let (path, offset) = self.cursor.as_ref().unwrap();
        (self.sources.open(path).unwrap().id, *offset)
    }

    pub(crate) fn hover(&self) -> Option<Hover> {
        let (file, offset) = self.at();
        self.ask(|navigator| navigator.hover(file, offset))
    }

    /// The stretch a hover is about, and its facts, one a line.
    pub(crate) fn told(&self) -> Vec<String> {
        let (file, _) = self.at();
        let Some(hover) = self.hover() else { return Vec::new() };
        let mut told = vec![self.sources.text(Span { file, range: hover.range })];
        let several = self.stacks.len() > 1;
        let stacks = |stacks: &[String]| if several { format!(" in {}", stacks.join(", ")) } else { String::new() };
        for fact in &hover.variables {
            let state = match &fact.state {
                VariableState::Set(text) => format!("= {text}"),
                VariableState::Default(text) => format!("= {text} by default"),
                VariableState::Alternate(text) => format!("= {text} as it is set"),
                VariableState::Overridden(text) => format!("overridden by {text}"),
                state => format!("{state:?}"),
            };
            let from = fact.definition.map(|place| format!(" from {}", self.line(place))).unwrap_or_default();
            let uses = fact.uses.map(|uses| format!(" used {uses}")).unwrap_or_default();
            told.push(format!("${} {state}{from}{uses}{}", fact.name, stacks(&fact.stacks)));
        }
        for fact in &hover.values {
            let value = match &fact.value {
                Shown::Text(text) => text.clone(),
                Shown::Nothing => "nothing".to_owned(),
                Shown::Several(values, more) => {
                    let shown: Vec<_> = values.iter().map(|(path, text)| format!("{path}: {text}")).collect();
                    format!("{{{}}}{}", shown.join(", "), if *more > 0 { format!(" +{more}") } else { String::new() })
                }
            };
            let standing = match &fact.standing {
                Standing::Counts => String::new(),
                Standing::Overridden(None) => " overrides it from nowhere".to_owned(),
                Standing::Overridden(Some(place)) => format!(" overrides it in {}", self.line(*place)),
                Standing::Refused(_) => " refused".to_owned(),
                Standing::Unread(instead) => format!(" unread {instead:?}"),
                Standing::Unreachable(places) => {
                    format!(" unreachable {:?}", places.iter().map(|place| self.line(*place)).collect::<Vec<_>>())
                }
            };
            let lost: Vec<_> =
                fact.overrides.iter().map(|lost| format!(" over {} in {}", lost.text, self.line(lost.place))).collect();
            let way = self.way(&fact.trail);
            told.push(format!("{} = {value}{standing}{}{} <- {way}", fact.path, lost.concat(), stacks(&fact.stacks)));
        }
        told
    }

    fn way(&self, trail: &[Step]) -> String {
        let steps = trail.iter().filter(|step| step.role != Role::Overrides).map(|step| {
            let place = step.place.map(|place| self.line(place)).unwrap_or_default();
            format!("{} {place}", step.role.name())
        });
        steps.collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn line(&self, place: Span) -> String {
        let file = self.sources.file(place.file).unwrap();
        format!("{}:{}", file.name, file.lines().line(place.range.start) + 1)
    }

    fn definition(&self) -> Option<Definition> {
        let (file, offset) = self.at();
        self.ask(|navigator| navigator.definition(file, offset))
    }

    /// What is named at the cursor, and where each of its definitions stands.
    pub(crate) fn defined(&self) -> Vec<String> {
        let (file, _) = self.at();
        let Some(definition) = self.definition() else { return Vec::new() };
        let mut told = vec![self.sources.text(Span { file, range: definition.range })];
        told.extend(definition.targets.iter().map(|target| match target {
            Target::Place { whole, name } => format!("{} {}", self.line(*whole), self.sources.text(*name)),
            Target::File(path) => self.sources.vfs().display(path),
        }));
        told
    }

    /// Where what is at the cursor is used, as `file:line text`.
    pub(crate) fn used(&self, with_definition: bool) -> Vec<String> {
        let (file, offset) = self.at();
        let places = self.ask(|navigator| navigator.references(file, offset, with_definition));
        places.into_iter().map(|place| format!("{} {}", self.line(place), self.sources.text(place))).collect()
    }

    /// The links of a file, as `text -> file (subject)`.
    pub(crate) fn linked(&self, name: &str) -> Vec<String> {
        let file = self.file(name);
        let links = self.ask(|navigator| navigator.links(file));
        let shown = links.into_iter().map(|link| {
            let text = self.sources.text(Span { file, range: link.range });
            format!("{text} -> {} ({})", self.sources.vfs().display(&link.path), link.subject)
        });
        shown.collect()
    }

    /// The hints of a file, each with the line it stands behind.
    pub(crate) fn hinted(&self, name: &str) -> Vec<String> {
        let file = self.sources.file(self.file(name)).unwrap();
        let hints = self.ask(|navigator| navigator.hints(file.id, file.span().range));
        let shown = hints.into_iter().map(|hint| {
            let before = &file.text[..hint.offset as usize];
            let line = before.rsplit('\n').next().unwrap().trim();
            let marks = [(hint.unset, " unset"), (hint.differs, " differs")];
            let marks = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect::<String>();
            format!("{line} => {}{marks}", hint.text)
        });
        shown.collect()
    }
}

/// Masks whole texts that are secrets, so that a test sees where something was masked at all.
struct Mask<'a> {
    session: &'a Session,
}

impl Masker for Mask<'_> {
    fn text(&self, key: &str, text: &Text) -> String {
        let by_key = stacklint_engine::secrets::key_class(key) == stacklint_engine::secrets::KeyClass::Secret;
        let places = text.pieces().filter(|(range, _)| !range.is_empty()).filter_map(|(_, piece)| piece.place);
        let by_place = places.into_iter().any(|place| self.is_masked(place));
        if (by_key || by_place) && !text.is_empty() { "***".to_owned() } else { text.as_str().to_owned() }
    }

    fn written(&self, place: Span) -> String {
        if self.is_masked(place) { "***".to_owned() } else { self.session.sources.text(place) }
    }
}

impl Mask<'_> {
    fn is_masked(&self, place: Span) -> bool {
        let overlaps =
            |range: stacklint_parsers::TextRange| range.start < place.range.end && place.range.start < range.end;
        let file = self.session.sources.file(place.file).unwrap();
        let known = self.session.secrets.iter().any(|known| known.file == place.file && overlaps(known.range));
        known || mask_ranges(&file.text, None).into_iter().any(overlaps)
    }
}
