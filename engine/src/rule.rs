//! What a rule is: a declaration, a check at one of its levels, and the page beside it.

use crate::check::Context;
use crate::finding::{Confidence, Safety, Severity};
use crate::setting::Setting;
use crate::stack::{ProblemKind, Service, Stack};

/// A registered rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its id: the name of its file in kebab-case.
    pub id: &'static str,
    /// Its family: the folder of its file.
    pub family: &'static str,
    /// The page a user reads, in Markdown.
    pub page: &'static str,
    /// What it declares.
    pub declaration: &'static Declaration,
    /// What it does.
    pub check: Check,
}

/// What a rule says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// The severity of its findings unless a level says otherwise.
    pub severity: Severity,
    /// How sure its findings are.
    pub confidence: Confidence,
    /// The release that brought it.
    pub since: &'static str,
    /// Whether it has a fix, and of which kind.
    pub fix: Option<Safety>,
    /// Other severities its findings may have, each with the reason.
    pub levels: &'static [(Severity, &'static str)],
    /// The items of the hardening checklists it answers: `CHECKLIST.ITEM`.
    pub covers: &'static [&'static str],
    /// The items of public benchmarks it answers.
    pub maps: &'static [&'static str],
}

impl Declaration {
    /// What a rule says of itself that says nothing: the base of `declare_rule!`.
    pub const BASE: Self = Self {
        severity: Severity::Medium,
        confidence: Confidence::High,
        since: "0.1.0",
        fix: None,
        levels: &[],
        covers: &[],
        maps: &[],
    };
}

/// What a rule does, at the simplest level that serves.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// It words what loading a stack or a file found.
    Problem(ProblemKind),
    /// It looks at one named value, wherever it stands.
    Setting(&'static dyn SettingRule),
    /// It looks at one service.
    Service(&'static dyn ServiceRule),
    /// It looks at a stack as a whole.
    Stack(&'static dyn StackRule),
}

/// A check of one named value.
pub trait SettingRule: Sync + std::fmt::Debug {
    /// Looks at a value of a service, of another part of the stack, or of an env file.
    fn check(&self, setting: &Setting<'_>, cx: &mut Context<'_>);
}

/// A check of one service.
pub trait ServiceRule: Sync + std::fmt::Debug {
    /// Looks at a service as it will run.
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>);
}

/// A check of one stack.
pub trait StackRule: Sync + std::fmt::Debug {
    /// Looks at the stack.
    fn check(&self, stack: &Stack, cx: &mut Context<'_>);
}

impl Rule {
    /// The first line of its page without the `#`, which is the id, is skipped; this is the first sentence below it.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        let text = self.page.trim_start().split_once('\n').map_or("", |(_, rest)| rest).trim_start();
        let paragraph = text.split("\n\n").next().unwrap_or_default();
        paragraph.trim_end()
    }
}

/// Declares a rule: a unit struct that takes a trait of its level, and the `RULE` that the list of rules picks up.
///
/// ```ignore
/// declare_rule! {
///     pub PublishedDatastorePort: Service {
///         severity: High,
///         fix: Some(Unsafe),
///         covers: &["0.9"],
///     }
/// }
/// ```
#[macro_export]
macro_rules! declare_rule {
    ($(#[$meta:meta])* pub $name:ident: $level:ident { $($field:ident: $value:expr),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name;
        $crate::declare_rule!(@parts $crate::rule::Check::$level(&$name), { $($field: $value),* });
    };
    (pub Problem($kind:ident) { $($field:ident: $value:expr),* $(,)? }) => {
        $crate::declare_rule!(
            @parts $crate::rule::Check::Problem($crate::stack::ProblemKind::$kind), { $($field: $value),* }
        );
    };
    (@parts $check:expr, { $($field:ident: $value:expr),* }) => {
        pub(crate) const CHECK: $crate::rule::Check = $check;
        pub(crate) const DECLARATION: &$crate::rule::Declaration = {
            #[allow(unused_imports, reason = "a declaration names what it needs")]
            use $crate::finding::{Confidence, Safety::{Safe, Unsafe}, Severity, Severity::{Critical, High, Info, Low, Medium}};
            &$crate::rule::Declaration { $($field: $value,)* ..$crate::rule::Declaration::BASE }
        };
    };
}
