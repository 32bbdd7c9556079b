//! An image that is named by something other than its content.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::rule::StackRule;
use stacklint_engine::stack::{EnvironmentKind, Image, Service, Stack};

use crate::data;
use crate::images;

declare_rule! {
    pub MissingImageDigest: Stack {
        severity: Info,
        since: "0.1.0",
        levels: [Medium: "the stack runs for production"],
        covers: ["1.13", "3.8"],
        maps: ["owasp-docker:13"],
    }
}

impl StackRule for MissingImageDigest {
    fn check(&self, stack: &Stack, cx: &mut Context<'_>) {
        for (service, image) in images::pulled(stack) {
            cx.at_service(&service);
            judge(&service, &image, cx);
        }
    }
}

fn judge(service: &Service<'_>, image: &Image<'_>, cx: &mut Context<'_>) {
    let Some(value) = service.value().get("image") else { return };
    let subject = format!("services.{}.image", service.name);
    if image.digest.is_some() {
        cx.satisfied(value, subject);
        return;
    }
    // `mutable-image-tag` says the more important half of it.
    if image.tag.is_none_or(data::is_moving_tag) {
        return;
    }
    let production = cx.environment() == EnvironmentKind::Prod;
    let severity = if production { Severity::Medium } else { Severity::Info };
    let place = if production { ", and this stack runs for production" } else { "" };
    let message = format!(
        "`{}` is named by its tag, which can be pushed again with other content: whoever can push to the registry \
             decides what runs here{place}",
        image.text.as_str()
    );
    let help = "add the digest, `NAME:TAG@sha256:...`, which `docker buildx imagetools inspect NAME:TAG` shows";
    cx.report(cx.violation(value, subject, message).severity(severity).help(help));
}
