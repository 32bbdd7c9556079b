//! A mount whose changes inside of a container reach the host.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Safety;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;

declare_rule! {
    pub SharedMountPropagation: Service {
        severity: Info,
        since: "0.1.0",
        fix: Unsafe,
        maps: ["cis-docker:5.20"],
    }
}

impl ServiceRule for SharedMountPropagation {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        for volume in service.items("volumes") {
            let Some(bind) = volume.get("bind") else { continue };
            let Some(propagation) = bind.get("propagation") else { continue };
            let Some(mode) = propagation.as_str() else { continue };
            let target = volume.text_at("target").map_or("", |target| target.as_str());
            let subject = format!("services.{}.volumes[{target}].propagation", service.name);
            if !matches!(mode, "shared" | "rshared") {
                cx.satisfied(propagation, subject);
                continue;
            }
            let message = format!(
                "what `{}` mounts below `{target}` appears on the host as well (`{mode}`), over what is there",
                service.name
            );
            let help = "remove it, or write `rslave` if the container must see what the host mounts later";
            let title = "keep mounts inside of the container";
            let fix = match propagation.place {
                // An option of a short entry, else a key of its own.
                Some(place) if volume.place.is_some_and(|whole| whole != place) && bind.place == volume.place => {
                    cx.fix_by_removing_option(title, Safety::Unsafe, mode, place)
                }
                _ => cx.fix_by_removing(title, Safety::Unsafe, bind, "propagation", &[]),
            };
            cx.report(cx.violation(propagation, subject, message).help(help).fix(fix));
        }
    }
}
