//! Redis told to let in whoever reaches it.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Safety;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;

use crate::images::stores::{self, Login};

declare_rule! {
    pub RedisProtectedModeOff: Service {
        severity: Medium,
        since: "0.1.0",
        fix: Safe,
    }
}

impl ServiceRule for RedisProtectedModeOff {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let Some((product @ ("Redis" | "Valkey" | "KeyDB"), login)) = stores::login(service) else { return };
        let words = service.items("command");
        let is = |word: usize, wanted: &str| words.get(word).and_then(|word| word.as_str()) == Some(wanted);
        let Some(flag) = (0..words.len()).find(|at| is(*at, "--protected-mode") && is(at + 1, "no")) else { return };
        let (Some(first), Some(last)) = (words.get(flag), words.get(flag + 1)) else { return };
        let subject = format!("services.{}.command.protected-mode", service.name);
        // Bound to loopback nobody else reaches it.
        let is_bound = (0..words.len()).any(|at| is(at, "--bind") && (is(at + 1, "127.0.0.1") || is(at + 1, "::1")));
        if matches!(login, Login::Asked) || is_bound {
            cx.satisfied(first, subject);
            return;
        }
        let message = format!(
            "`--protected-mode no` lets {product} in `{}` answer everybody who reaches it, and it has no password",
            service.name
        );
        let help = "remove the flag, and set a password with `--requirepass`, after which clients of other containers get in \
                    without it";
        let fix = cx.fix_by_removing_words("remove `--protected-mode no`", Safety::Safe, first, last);
        cx.report(cx.violation(first, subject, message).help(help).fix(fix));
    }
}
