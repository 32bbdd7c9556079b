//! A datastore that asks nobody who he is.

use stacklint_engine::anchor::Anchor;
use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::{Exposure, Service};

use crate::images::stores::{self, Login};

declare_rule! {
    pub DisabledDatastoreAuth: Service {
        severity: Medium,
        since: "0.1.0",
        levels: [High: "its port is published, or the login is switched off explicitly"],
        covers: ["2.4"],
        maps: ["owasp-docker:12"],
    }
}

impl ServiceRule for DisabledDatastoreAuth {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let Some((product, login)) = stores::login(service, cx) else { return };
        let subject = format!("services.{}.login", service.name);
        let beyond = |exposure| !matches!(exposure, Exposure::Loopback | Exposure::Unknown);
        let published = service.ports().find(|port| port.protocol() == "tcp" && beyond(port.exposure()));
        let reach = match published {
            Some(_) => "its port is published, so whoever reaches the host has all of its data",
            None => "whoever gets into any container of its networks has all of its data",
        };
        let (anchor, what, severity, help) = match login {
            Login::Asked => {
                cx.satisfied(service, subject);
                return;
            }
            Login::SwitchedOff { by, at, instead } => {
                let help = match instead {
                    Some(variable) => format!("remove `{by}`, and set `{variable}`"),
                    None => format!("remove `{by}`, and give it a password by a secret or a variable without default"),
                };
                (Anchor::from(at), format!("`{by}` switches the login of {product} off"), Severity::High, help)
            }
            Login::Missing if service.value().repaired => return,
            Login::Missing => {
                // `redis-protected-mode-off` says it at the flag, unless there is more to say.
                let told = service.command_line().any(|word| word.as_str().contains("protected-mode"))
                    || stores::settings(service, cx).is_some_and(|settings| {
                        settings
                            .iter()
                            .any(|setting| setting.name == "protected-mode" && setting.value.as_str() == "no")
                    });
                let severity = if published.is_some() { Severity::High } else { Severity::Medium };
                if told && published.is_none() {
                    return;
                }
                let help = match product {
                    "MongoDB" => {
                        "set `MONGO_INITDB_ROOT_USERNAME` and `MONGO_INITDB_ROOT_PASSWORD_FILE`, which switch the login on"
                    }
                    _ => {
                        "start it with `--requirepass` and a password from a variable without default, or name a file of \
                         users with `--aclfile`"
                    }
                };
                let what = format!("{product} in `{}` asks for no password", service.name);
                (Anchor::from(service), what, severity, help.to_owned())
            }
        };
        let violation = cx.violation(anchor, subject, format!("{what}: {reach}")).severity(severity).help(help);
        let violation = match published {
            Some(port) => violation.related("published here", port.entry()),
            None => violation,
        };
        cx.report(violation);
    }
}
