//! An image that is named by something other than its content.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Severity;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::{EnvironmentKind, Service};

use crate::data;
use crate::images;

declare_rule! {
    pub MissingImageDigest: Service {
        severity: Info,
        since: "0.1.0",
        levels: [Medium: "the stack runs for production"],
        covers: ["1.13", "3.8"],
        maps: ["owasp-docker:13"],
    }
}

impl ServiceRule for MissingImageDigest {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let (Some(image), Some(value)) = (images::pulled(service), service.value().get("image")) else { return };
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
}
