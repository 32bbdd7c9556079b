//! A container without the profile that keeps it from rare and dangerous system calls.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Safety;
use stacklint_engine::map::HashMap;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::value::Value;
use stacklint_engine::stack::{SecurityOption, Service};

declare_rule! {
    pub DisabledSecurityProfile: Service {
        severity: High,
        since: "0.1.0",
        fix: Unsafe,
        maps: ["cis-docker:5.2", "cis-docker:5.3", "cis-docker:5.22", "owasp-docker:6"],
    }
}

impl ServiceRule for DisabledSecurityProfile {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        // `privileged` switches them all off, and is reported itself.
        if service.is_privileged() {
            return;
        }
        let options: Vec<SecurityOption<'_>> = service.security_options().collect();
        // Docker goes by the last one that names a profile of the kind.
        let last: HashMap<&str, usize> =
            options.iter().enumerate().map(|(index, option)| (option.name, index)).collect();
        let is_found = |index: usize, option: &SecurityOption<'_>| {
            let replaced = option.name != "label" && last.get(option.name).is_some_and(|last| *last > index);
            profile(option).is_some() && is_off(option) && !replaced
        };
        let found = options.iter().enumerate().filter(|(index, option)| is_found(*index, option));
        let found: Vec<&Value> = found.map(|(_, option)| option.entry).collect();
        for (index, option) in options.iter().enumerate() {
            let Some(what) = profile(option) else { continue };
            let subject = format!("services.{}.security_opt[{}]", service.name, option.name);
            if !is_found(index, option) {
                cx.satisfied(option.entry, subject);
                continue;
            }
            let message = format!("`{}` runs without {what}", service.name);
            let help = "remove the entry: the default profile suits nearly every program; if one call is missing, name a \
                        profile of your own that allows it";
            let fix = cx.fix_by_removing_item("use the default profile", Safety::Unsafe, option.entry, &found);
            cx.report(cx.violation(option.entry, subject, message).help(help).fix(fix));
        }
    }
}

fn is_off(option: &SecurityOption<'_>) -> bool {
    let off = if option.name == "label" { "disable" } else { "unconfined" };
    option.value == Some(off) || option.name == "disable"
}

/// What an option is about, and what its absence means.
fn profile(option: &SecurityOption<'_>) -> Option<&'static str> {
    match option.name {
        "seccomp" => Some(
            "the seccomp profile, which keeps it from the system calls that most ways out of a container need: a hole in \
             the kernel is then open to it",
        ),
        "apparmor" => Some(
            "the AppArmor profile, which keeps it from mounts and from writing to `/proc` and `/sys`: what is left are \
             its capabilities",
        ),
        "label" | "disable" => Some("SELinux labels, which keep it from the files of the host and of other containers"),
        "systempaths" => {
            Some("the masks over `/proc` and `/sys`: it sees and changes settings of the host's kernel there")
        }
        _ => None,
    }
}
