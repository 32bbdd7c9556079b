//! What a rule is: a declaration, a check at one of its levels, and the page beside it.

use crate::application::Application;
use crate::check::Context;
use crate::config::Declared;
use crate::finding::{Confidence, Safety, Severity};
use crate::postgres::server::Server;
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
    /// What it asks of a configuration.
    pub parameters: &'static [Declared],
    /// Of a rule that reports what is not there: what is missing and why that is bad, without naming whose. Such a rule
    /// has something to say of nearly every service, so that reports say it once for all services of a file.
    pub absence: Option<&'static str>,
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
    /// It looks at one PostgreSQL server.
    Server(&'static dyn ServerRule),
    /// It looks at the settings that one program sees.
    Application(&'static dyn ApplicationRule),
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

/// A check of one PostgreSQL server.
pub trait ServerRule: Sync + std::fmt::Debug {
    /// Looks at a server as it will run, or at the files of one that no stack runs.
    fn check(&self, server: &Server, cx: &mut Context<'_>);
}

/// A check of what one program is told by its files and its environment.
pub trait ApplicationRule: Sync + std::fmt::Debug {
    /// Looks at the settings of a program.
    fn check(&self, application: &Application<'_>, cx: &mut Context<'_>);
}

/// A check of one stack.
pub trait StackRule: Sync + std::fmt::Debug {
    /// Looks at the stack.
    fn check(&self, stack: &Stack, cx: &mut Context<'_>);
}

impl Rule {
    /// Whether what it finds can be accepted: not what is about accepting.
    #[must_use]
    pub fn can_be_accepted(&self) -> bool {
        !matches!(self.check, Check::Problem(kind) if kind.is_about_suppression())
    }

    /// What it is about: the first paragraph of its page, below the id.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        let text = self.page.trim_start().split_once('\n').map_or("", |(_, rest)| rest).trim_start();
        let paragraph = text.split("\n\n").next().unwrap_or_default();
        paragraph.trim_end()
    }
}

/// Declares a rule: a unit struct for the trait of its level, and what the list of rules picks up.
///
/// The fields stand in this order; `severity` and `since` are always said, confidence is high unless said otherwise.
///
/// ```ignore
/// declare_rule! {
///     pub PublishedDatastorePort: Service {
///         severity: High,
///         confidence: High,
///         since: "0.1.0",
///         fix: Unsafe,
///         levels: [Medium: "only the network of one private address reaches it"],
///         covers: ["0.9", "2.4"],
///         maps: ["cis-docker:5.14"],
///     }
/// }
/// ```
///
/// A rule that words what loading found needs no struct: `declare_rule! { Problem(Syntax) { ... } }`.
#[macro_export]
macro_rules! declare_rule {
    (Problem($kind:ident) { $($fields:tt)* }) => {
        pub(crate) const CHECK: $crate::rule::Check =
            $crate::rule::Check::Problem($crate::stack::ProblemKind::$kind);
        $crate::declare_rule!(@declaration $($fields)*);
    };
    ($(#[$meta:meta])* pub $name:ident: $level:ident { $($fields:tt)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name;

        pub(crate) const CHECK: $crate::rule::Check = $crate::rule::Check::$level(&$name);
        $crate::declare_rule!(@declaration $($fields)*);
    };
    (@declaration
        severity: $severity:ident,
        $(confidence: $confidence:ident,)?
        since: $since:literal,
        $(fix: $fix:ident,)?
        $(levels: [$($other:ident: $reason:literal),+ $(,)?],)?
        $(covers: [$($item:literal),+ $(,)?],)?
        $(maps: [$($benchmark:literal),+ $(,)?],)?
        $(parameters: [$($parameter:ident: $kind:ident = $about:literal),+ $(,)?],)?
        $(absence: $absence:literal,)?
    ) => {
        pub(crate) const DECLARATION: &$crate::rule::Declaration = &$crate::rule::Declaration {
            severity: $crate::finding::Severity::$severity,
            confidence: $crate::declare_rule!(@or $crate::finding::Confidence::High $(, $crate::finding::Confidence::$confidence)?),
            since: $since,
            fix: $crate::declare_rule!(@or None $(, Some($crate::finding::Safety::$fix))?),
            levels: &[$($(($crate::finding::Severity::$other, $reason)),+)?],
            covers: &[$($($item),+)?],
            maps: &[$($($benchmark),+)?],
            parameters: &[$($($crate::config::Declared {
                name: stringify!($parameter),
                kind: $crate::config::Kind::$kind,
                about: $about,
            }),+)?],
            absence: $crate::declare_rule!(@or None $(, Some($absence))?),
        };
    };
    (@or $default:expr) => { $default };
    (@or $default:expr, $said:expr) => { $said };
}
