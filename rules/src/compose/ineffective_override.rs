//! A layer that means to take something away from the layer below, and does not.

use stacklint_engine::anchor::Anchor;
use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::{Confidence, Fix, Safety, Severity};
use stacklint_engine::rule::StackRule;
use stacklint_engine::stack::value::Value;
use stacklint_engine::stack::{Capability, Exposure, Ignored, IgnoredKind, Port, Service, Stack};

use crate::data;
use crate::images;

declare_rule! {
    pub IneffectiveOverride: Stack {
        severity: Medium,
        since: "0.1.0",
        fix: Safe,
        levels: [High: "what stays is a hole that another rule reports as high"],
        covers: ["2.4"],
        maps: ["cis-docker:5.9"],
    }
}

impl StackRule for IneffectiveOverride {
    fn check(&self, stack: &Stack, cx: &mut Context<'_>) {
        for ignored in &stack.ignored {
            if let Some(service) = stack.service(&ignored.service) {
                cx.at_service(&service);
                passed_over(ignored, &service, cx);
            }
        }
        for service in stack.services() {
            cx.at_service(&service);
            ports(&service, cx);
            devices(&service, cx);
            capabilities(&service, cx);
        }
    }
}

/// `[]`, `{}`, null, and directives before items.
fn passed_over(ignored: &Ignored, service: &Service<'_>, cx: &mut Context<'_>) {
    let attribute = &ignored.attribute;
    let subject = format!("services.{}.{attribute}", service.name);
    let (written, reason) = match ignored.kind {
        IgnoredKind::Null => ("an empty value", "it leaves what the layer below says as it is"),
        IgnoredKind::Empty => ("an empty list or mapping", "layers add up, and it adds nothing"),
        IgnoredKind::ItemDirective => ("a directive before an item", "it counts only before the value of a key"),
    };
    let message = format!("{written} takes nothing away from `{attribute}` of `{}`: {reason}", service.name);
    let violation = match ignored.place.filter(|place| !place.range.is_empty()) {
        Some(place) => cx.violation(place, subject, message),
        None => cx.violation(ignored.key, subject, message),
    };
    let (help, fix) = if ignored.kind == IgnoredKind::ItemDirective {
        (format!("write `{attribute}: !override` with the whole list (Docker Compose 2.24.4)"), None)
    } else {
        let title = format!("reset `{attribute}`");
        let fix = cx.fix_by_directive(&title, Safety::Safe, ignored.key, "!reset");
        (format!("write `{attribute}: !reset []`, which takes it away (Docker Compose 2.24.4)"), fix)
    };
    let severity = if leaves_hole(service, attribute) { Severity::High } else { Severity::Medium };
    let violation = match ignored.base {
        Some(base) => violation.related("this stays", base),
        None => violation,
    };
    cx.report(violation.severity(severity).help(help).fix(fix));
}

/// Whether what stays of an attribute is what a rule reports as high.
fn leaves_hole(service: &Service<'_>, attribute: &str) -> bool {
    let is = |wanted: &str| service.value().text_at(attribute).is_some_and(|text| text.as_str() == wanted);
    match attribute {
        "ports" => service.ports().any(|port| is_open(&port) && images::datastore(service, &port).is_some()),
        "privileged" => service.is_privileged(),
        "network_mode" | "pid" | "ipc" | "uts" | "userns_mode" | "cgroup" => is("host"),
        "cap_add" => service.added_capabilities().any(|added| is_high(&added)),
        "security_opt" => service.security_options().any(|option| {
            matches!(option.value, Some("unconfined" | "disable")) || (option.name, option.value) == NO_PROTECTION
        }),
        "volumes" => {
            service.items("volumes").iter().filter_map(|volume| volume.text_at("source")).any(|source| {
                source.as_str().ends_with("docker.sock") || data::host_path(source.as_str(), true).is_some()
            })
        }
        "devices" => service
            .items("devices")
            .iter()
            .filter_map(|device| device.text_at("source"))
            .any(|source| data::device(source.as_str()).is_some_and(|(severity, _)| severity == Severity::High)),
        _ => false,
    }
}

const NO_PROTECTION: (&str, Option<&str>) = ("no-new-privileges", Some("false"));

fn is_high(capability: &Capability<'_>) -> bool {
    data::capability(&capability.name).is_some_and(|(severity, _)| severity == Severity::High)
}

fn is_open(port: &Port<'_>) -> bool {
    matches!(port.exposure(), Exposure::AllInterfaces | Exposure::PublicAddress)
}

/// Whether a later layer than that of `base` wrote `layer`.
fn is_layered(base: &Value, layer: &Value) -> bool {
    matches!((base.place, layer.place), (Some(base), Some(layer)) if base.file != layer.file)
}

/// Another entry for a container port that the layer below publishes already: both are published.
fn ports(service: &Service<'_>, cx: &mut Context<'_>) {
    // Nearly every service writes all its ports in one file.
    let entries = service.items("ports");
    if entries.first().zip(entries.last()).is_none_or(|(first, last)| !is_layered(first, last)) {
        return;
    }
    let open: Vec<(usize, Port<'_>)> =
        service.ports().enumerate().filter(|(_, port)| is_open(port)).take(HELD).collect();
    let mut told = Vec::new();
    for (index, port) in service.ports().enumerate() {
        let same = |(below, base): &&(usize, Port<'_>)| {
            *below < index
                && base.target() == port.target()
                && base.protocol() == port.protocol()
                && is_layered(base.entry(), port.entry())
        };
        let Some((_, base)) = open.iter().find(same) else { continue };
        if told.len() == HELD {
            break;
        }
        if told.contains(&port.entry().place) {
            continue;
        }
        told.push(port.entry().place);
        let target = port.target().map(|target| target.to_string()).unwrap_or_default();
        let published = |port: &Port<'_>| port.published().map(|published| published.as_str().to_owned());
        let is_narrower = published(base) == published(&port);
        let stays = match published(base) {
            Some(number) => format!("port {number} on every interface"),
            None => "a port on every interface".to_owned(),
        };
        let message = format!(
            "this entry for container port {target} of `{}` does not replace the one of the layer below: {stays} stays \
             published beside it",
            service.name
        );
        let severity = if images::datastore(service, base).is_some() { Severity::High } else { Severity::Medium };
        let confidence = if is_narrower { Confidence::High } else { Confidence::Medium };
        let help = "write `ports: !override` with all entries that are meant to be (Docker Compose 2.24.4)";
        let fix = override_fix(
            service,
            "ports",
            port.entry(),
            |base| {
                service.ports().any(|other| {
                    let is_target = base.text_at("target").map(|text| text.as_str())
                        == other.entry().text_at("target").map(|text| text.as_str());
                    is_target && same_layer(other.entry(), port.entry())
                })
            },
            cx,
        );
        let violation = cx.violation(port.entry(), port.subject(), message).severity(severity).confidence(confidence);
        cx.report(violation.related("this entry stays", base.entry()).help(help).fix(fix));
    }
}

/// So many entries of a list are held against each other.
const HELD: usize = 64;

fn same_layer(one: &Value, other: &Value) -> bool {
    one.place.map(|place| place.file) == other.place.map(|place| place.file)
}

/// `!override` for the list that a layer writes, if for every item of the layers below it has one of its own.
fn override_fix(
    service: &Service<'_>,
    key: &str,
    item: &Value,
    has_own: impl Fn(&Value) -> bool,
    cx: &Context<'_>,
) -> Option<Fix> {
    let written = service.attribute(key)?.key.filter(|key| item.place.is_some_and(|place| place.file == key.file))?;
    let mut below = service.items(key).iter().filter(|base| !same_layer(base, item)).take(HELD + 1);
    let covered = below.by_ref().take(HELD).all(has_own) && below.next().is_none();
    let title = format!("let `{key}` replace the list below");
    covered.then(|| cx.fix_by_directive(&title, Safety::Safe, written, "!override")).flatten()
}

/// The same device at another path in the container: it is there twice.
fn devices(service: &Service<'_>, cx: &mut Context<'_>) {
    let devices = service.items("devices");
    for (index, device) in devices.iter().enumerate().take(HELD) {
        let source = device.text_at("source").map(|source| source.as_str());
        let same =
            |base: &&Value| base.text_at("source").map(|base| base.as_str()) == source && is_layered(base, device);
        let Some(base) = devices.iter().take(index).find(same) else { continue };
        let subject = format!("services.{}.devices[{}]", service.name, source.unwrap_or_default());
        let message = format!(
            "this entry for `{}` of `{}` does not replace the one of the layer below: the container has the device twice",
            source.unwrap_or_default(),
            service.name
        );
        let help = "write `devices: !override` with all entries that are meant to be (Docker Compose 2.24.4)";
        cx.report(cx.violation(device, subject, message).related("this entry stays", base).help(help));
    }
}

/// A layer that drops what the layer below adds, or adds a few beside `ALL`.
fn capabilities(service: &Service<'_>, cx: &mut Context<'_>) {
    let added: Vec<Capability<'_>> = service.added_capabilities().collect();
    let mut tell = |base: &Capability<'_>, layer: &Capability<'_>, key: &str, what: &str| {
        let subject = format!("services.{}.{key}[{}]", service.name, layer.name);
        let message = format!("{what}: `{}` keeps `{}`", service.name, base.name);
        let severity = if is_high(base) { Severity::High } else { Severity::Medium };
        let help = "write `cap_add: !override` with all that are meant to be (Docker Compose 2.24.4)";
        let violation = cx.violation(Anchor::from(layer.entry), subject, message).severity(severity);
        cx.report(violation.related("this entry stays", base.entry).help(help));
    };
    for dropped in service.dropped_capabilities().take(HELD) {
        // Dropping all is how one starts a list of one's own.
        let same = |base: &&Capability<'_>| base.name == dropped.name && is_layered(base.entry, dropped.entry);
        if let Some(base) = added.iter().take(HELD).find(same) {
            tell(base, &dropped, "cap_drop", "Docker drops first and adds then");
        }
    }
    if let Some(all) = added.iter().find(|added| added.name == "ALL")
        && let Some(more) = added.iter().find(|more| more.name != "ALL" && is_layered(all.entry, more.entry))
    {
        tell(all, more, "cap_add", "lists of layers add up");
    }
}
