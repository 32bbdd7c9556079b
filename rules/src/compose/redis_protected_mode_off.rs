//! Redis told to let in whoever reaches it.

use stacklint_engine::anchor::Anchor;
use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::{Fix, Safety};
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;

use crate::images::stores::{self, Login};

declare_rule! {
    pub RedisProtectedModeOff: Service {
        severity: Medium,
        since: "0.1.0",
        fix: Unsafe,
    }
}

impl ServiceRule for RedisProtectedModeOff {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let Some((product @ ("Redis" | "Valkey" | "KeyDB"), login)) = stores::login(service, cx) else { return };
        let words = service.items("command");
        let is = |word: usize, wanted: &str| words.get(word).and_then(|word| word.as_str()) == Some(wanted);
        let flag = (0..words.len()).find(|at| is(*at, "--protected-mode") && is(at + 1, "no"));
        let settings = stores::settings(service, cx).unwrap_or_default();
        // Of several lines the last counts, and a flag wins over the file.
        let setting = |name: &str| settings.iter().rfind(|setting| setting.name == name);
        let line = setting("protected-mode").filter(|setting| setting.value.as_str() == "no");
        let subject = format!("services.{}.command.protected-mode", service.name);
        // Bound to loopback nobody else reaches it.
        let is_bound = (0..words.len()).any(|at| is(at, "--bind") && (is(at + 1, "127.0.0.1") || is(at + 1, "::1")))
            || setting("bind").is_some_and(|bind| bind.value.as_str().split(' ').all(is_loopback));
        let (anchor, written, fix) = match (flag.and_then(|at| Some((words.get(at)?, words.get(at + 1)?))), line) {
            (Some((first, last)), _) => {
                let fix = cx.fix_by_removing_words("remove `--protected-mode no`", Safety::Unsafe, first, last);
                (Anchor::from(first), "--protected-mode no", fix)
            }
            (None, Some(line)) => {
                let fix = Fix::replace("remove `protected-mode no`", Safety::Unsafe, &line.line, "");
                (Anchor::from(&line.value), "protected-mode no", fix)
            }
            (None, None) => return,
        };
        if matches!(login, Login::Asked) || is_bound {
            cx.satisfied(anchor, subject);
            return;
        }
        let message = format!(
            "`{written}` lets {product} in `{}` answer everybody who reaches it, and it has no password",
            service.name
        );
        let help = "remove it, and set a password with `requirepass`, after which clients of other containers get in without \
                    it";
        cx.report(cx.violation(anchor, subject, message).help(help).fix(fix));
    }
}

fn is_loopback(address: &str) -> bool {
    matches!(address.trim_start_matches('-'), "127.0.0.1" | "::1" | "localhost")
}
