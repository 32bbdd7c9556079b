//! A service that logs in to a server of the stack as somebody else than the server knows.

use std::cell::LazyCell;

use stacklint_engine::anchor::Anchor;
use stacklint_engine::check::{Context, Violation};
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Confidence;
use stacklint_engine::map::HashSet;
use stacklint_engine::rule::StackRule;
use stacklint_engine::stack::value::Value;
use stacklint_engine::stack::{Service, Stack};

use crate::databases::connections::{Connection, Connections, Part, is_database_url};
use crate::databases::{self, Given, Names, Server};

declare_rule! {
    pub DatabaseCredentialMismatch: Stack {
        severity: Medium,
        confidence: Medium,
        since: "0.1.0",
        covers: ["4.10"],
    }
}

impl StackRule for DatabaseCredentialMismatch {
    fn check(&self, stack: &Stack, cx: &mut Context<'_>) {
        let servers: Vec<Server<'_>> = stack.services().filter_map(|service| Server::of(service, stack)).collect();
        if servers.is_empty() {
            return;
        }
        let names = Names::of(servers.iter().map(|server| (server.service, server)), stack);
        let makers = LazyCell::new(|| -> Vec<&str> {
            stack.services().filter(databases::makes_logins).map(|service| service.name).take(2).collect()
        });
        let mut reached = HashSet::default();
        for (service, connections) in Connections::of(stack, cx).by_service(stack) {
            cx.at_service(&service);
            for connection in connections {
                if let Some(server) = names.find(&service, &connection.host) {
                    reached.insert(service.name);
                    let is_made_elsewhere = || makers.iter().any(|maker| *maker != server.service.name);
                    check(connection, server, is_made_elsewhere, cx);
                }
            }
        }
        let postgres: HashSet<&str> = servers
            .iter()
            .filter(|server| server.product.name == "PostgreSQL")
            .map(|server| server.service.name)
            .collect();
        for service in stack.services().filter(|service| !reached.contains(service.name)) {
            let mut awaited = service.value().get("depends_on").into_iter().flat_map(Value::fields);
            if let Some((awaited, _)) = awaited.find(|(name, _)| postgres.contains(name)) {
                cx.at_service(&service);
                elsewhere(&service, awaited, cx);
            }
        }
    }
}

/// Holds a connection against what the server makes on its first start.
fn check(connection: &Connection, server: &Server<'_>, is_made_elsewhere: impl Fn() -> bool, cx: &mut Context<'_>) {
    let name = server.service.name;
    if let Some(other) = databases::product_of(&connection.scheme)
        && !server.product.has_scheme(&connection.scheme)
    {
        let Part { name: variable, subject, text, .. } = &connection.site;
        let message = format!(
            "`{variable}` speaks {} to `{name}`, which is {}: no connection comes about",
            other.name, server.product.name
        );
        let help = "give the URL the scheme of the server, or lead it to another one";
        cx.report(cx.violation(text, format!("{subject}[scheme]"), message).help(help));
        return;
    }
    if connection.port.is_some_and(|port| port != server.product.port) {
        return;
    }
    let is_open = || server.is_scripted || is_made_elsewhere();
    let user = connection.user.as_ref();
    let is_admin = user.is_some_and(|user| server.product.admin.is_some_and(|admin| user.is(admin)));
    let is_known = is_admin || user.is_some_and(|user| server.user.text().is_some_and(|own| user.is(own)));
    let mut agrees = is_known;
    if let Some(user) = user.filter(|_| !is_known)
        && let Some(own) = known_user(server)
    {
        agrees = false;
        if !is_open() {
            let variable = server.product.user_variable();
            let because = match server.user {
                Given::Said(variable, _) => format!("(`{variable}`)"),
                _ => format!("(`{variable}` is not set)"),
            };
            let message = format!(
                "`{}` logs in to `{name}` as `{}`, and the first start of the server makes `{own}` only {because}: the login fails",
                user.name, user.value
            );
            report(user, "user", Anchor::from(&user.text), server.user, message, server, Confidence::Medium, cx);
        }
    }
    let given = if is_admin { server.admin_password } else { server.password };
    if let (Given::Said(variable, own), Some(password), true) = (given, &connection.password, is_known)
        && !password.is(own.as_str())
    {
        agrees = false;
        let message = format!(
            "the password in `{}` is not the one that `{name}` starts with (`{variable}`): the login fails",
            password.name
        );
        let anchor = Anchor::characters(&password.text);
        report(password, "password", anchor, given, message, server, Confidence::Medium, cx);
    }
    if let (Some(database), Some(own)) = (&connection.database, server.database.text())
        && !database.is(own)
        && !server.product.builtin.iter().any(|builtin| database.is(builtin))
    {
        agrees = false;
        if !is_open() {
            // A program that may do everything often makes its database by itself.
            let may_make = server.is_admin(user.map(|user| user.value.as_str()));
            let confidence = if may_make { Confidence::Low } else { Confidence::Medium };
            let message = format!(
                "`{}` asks `{name}` for the database `{}`, and the first start of the server makes `{own}` only: there is no \
                 such database unless something else makes it",
                database.name, database.value
            );
            report(
                database,
                "database",
                Anchor::from(&database.text),
                server.database,
                message,
                server,
                confidence,
                cx,
            );
        }
    }
    if agrees {
        cx.satisfied(&connection.site.text, connection.site.subject.clone());
    }
}

/// The logins that the first start makes, as a message says them; nothing where they are not all known.
fn known_user<'a>(server: &Server<'a>) -> Option<&'a str> {
    match server.user {
        Given::Nothing => server.product.admin,
        _ => server.user.text(),
    }
}

#[expect(clippy::too_many_arguments, reason = "each is one thing of the finding")]
fn report(
    part: &Part,
    what: &str,
    anchor: Anchor,
    given: Given<'_>,
    message: String,
    server: &Server<'_>,
    confidence: Confidence,
    cx: &mut Context<'_>,
) {
    // What was there before the stack keeps the logins that it has.
    let confidence = if server.is_kept { Confidence::Low } else { confidence };
    let help =
        "let one variable stand for it in both places; a volume that is there already keeps what its first start made";
    let violation = cx.violation(anchor, format!("{}[{what}]", part.subject), message).help(help);
    cx.report(related(violation, given, server).confidence(confidence));
}

/// Names what the server is told.
fn related(violation: Violation, given: Given<'_>, server: &Server<'_>) -> Violation {
    match given {
        Given::Said(_, text) => violation.related("what the server starts with", Anchor::characters(text)),
        _ => violation.related("the server", &server.service),
    }
}

/// A program that waits for a PostgreSQL and keeps its data somewhere else, or nowhere.
fn elsewhere(service: &Service<'_>, awaited: &str, cx: &mut Context<'_>) {
    let Some(variable) = service.environment().find(|variable| is_database_url(variable.name)) else { return };
    let Some(text) = variable.text() else { return };
    let is_file = text.as_str().starts_with("sqlite:") || text.as_str().starts_with("file:");
    let is_blank = text.is_empty() && text.unset().next().is_none();
    if !is_file && !is_blank {
        return;
    }
    let name = variable.name;
    let what = if is_file { "keeps the data in a file" } else { "says nothing" };
    let message = format!(
        "`{name}` {what}, while the service waits for `{awaited}`, a PostgreSQL that nothing else of it speaks of"
    );
    let help = format!(
        "give it `postgresql://USER:PASSWORD@{awaited}:5432/DATABASE`, or take `{awaited}` out of `depends_on`"
    );
    let subject = format!("services.{}.environment.{name}", service.name);
    cx.report(cx.violation(variable.value, subject, message).help(help).confidence(Confidence::Low));
}
