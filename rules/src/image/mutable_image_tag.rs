//! An image whose tag moves from release to release.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::rule::StackRule;
use stacklint_engine::stack::{Image, Service, Stack};

use crate::data;
use crate::images;

declare_rule! {
    pub MutableImageTag: Stack {
        severity: Medium,
        since: "0.1.0",
        covers: ["3.8"],
        maps: ["cis-docker:5.28", "owasp-docker:13"],
    }
}

impl StackRule for MutableImageTag {
    fn check(&self, stack: &Stack, cx: &mut Context<'_>) {
        for (service, image) in images::pulled(stack) {
            cx.at_service(&service);
            judge(&service, &image, cx);
        }
    }
}

fn judge(service: &Service<'_>, image: &Image<'_>, cx: &mut Context<'_>) {
    let subject = format!("services.{}.image", service.name);
    let says = match image.tag {
        _ if image.digest.is_some() => return,
        Some(tag) if data::is_moving_tag(tag) => format!("the tag `{tag}` of `{}` names no version", image.name),
        Some(_) => {
            cx.satisfied(&image.tag_text(), subject);
            return;
        }
        None => format!("`{}` has no tag, which means `latest`", image.name),
    };
    let message =
        format!("{says}: every pull may bring another release, and which one runs nobody can tell from the stack");
    let help = "name the version that runs now, such as `17.2` instead of `latest`, and raise it on purpose";
    cx.report(cx.violation(&image.tag_text(), subject, message).help(help));
}
