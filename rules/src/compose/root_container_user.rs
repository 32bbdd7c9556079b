//! A container whose program runs as root because the stack says so.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Safety;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;

declare_rule! {
    pub RootContainerUser: Service {
        severity: Medium,
        since: "0.1.0",
        fix: Unsafe,
        covers: ["3.7", "4.35"],
        maps: ["owasp-docker:2"],
    }
}

impl ServiceRule for RootContainerUser {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let Some(user) = service.value().get("user") else { return };
        let Some(text) = user.as_text().filter(|text| !text.is_empty() && !text.is_unknown()) else { return };
        let subject = format!("services.{}.user", service.name);
        let name = text.as_str().split(':').next().unwrap_or_default();
        if name != "root" && !is_zero(name) {
            // A user that a variable left out is that of the image.
            if !name.is_empty() {
                cx.satisfied(user, subject);
            }
            return;
        }
        // Only root can give files away, and a job that does is done at once.
        if service.command_line().any(|word| word.as_str() == "chown" || word.as_str().starts_with("chown ")) {
            return;
        }
        let message = format!(
            "`{}` runs as root: a hole in its program is then one step from the kernel, and files it writes to mounted \
             directories are root's",
            service.name
        );
        let help = "remove `user` where the image has one of its own, or name a number such as `1000:1000` that owns its \
                    directories";
        let fix = cx.fix_by_removing("run it as the user of the image", Safety::Unsafe, service.value(), "user", &[]);
        cx.report(cx.violation(user, subject, message).help(help).fix(fix));
    }
}

fn is_zero(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|digit| digit == b'0')
}
