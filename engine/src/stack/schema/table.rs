//! The attributes of a Compose file and what each takes, as one table of structures.
//!
//! Source: the schema of Docker Compose 2.40.3 (compose-go 2.9), which `tests/oracles/sweep.py` reads out of the program
//! and tries attribute by attribute. Where the schema lets more through than the structures behind it hold, the table has
//! what they hold. A mark in front of the names says what they take:
//!
//! | mark | takes |
//! |---|---|
//! | `s` `i` `n` `b` `z` | a string, a whole number (`5.0` is one), a number, a boolean, nothing |
//! | `w` | a whole number that is written as one |
//! | `[..]` `[..]!` | a list of what is marked inside; one without equal items |
//! | `{..}` | a mapping of names to what is marked inside |
//! | `@` | a structure of its own, further down in the table |
//! | `*` | anything |

use crate::map::HashMap;
use crate::stack::attributes::{Attribute, Cursor};
use std::sync::OnceLock;

/// A mapping with a fixed set of attributes.
struct Structure {
    /// Where it stands; `*` is any key, `[]` any item.
    at: &'static str,
    /// Marks, and the names of the attributes that take what they mark.
    attributes: &'static [(&'static str, &'static str)],
    /// What has to be there.
    required: &'static str,
    /// What else it may have.
    others: Others,
}

/// What a structure may have beside its attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Others {
    /// Keys that start with `x-`.
    #[default]
    Extensions,
    /// Nothing.
    None,
    /// Anything.
    Any,
}

const fn structure(at: &'static str, attributes: &'static [(&'static str, &'static str)]) -> Structure {
    Structure { at, attributes, required: "", others: Others::Extensions }
}

const fn requiring(required: &'static str, structure: Structure) -> Structure {
    Structure { required, ..structure }
}

/// A structure whose `x-` keys are refused like any other.
const fn strict(structure: Structure) -> Structure {
    Structure { others: Others::None, ..structure }
}

const fn open(structure: Structure) -> Structure {
    Structure { others: Others::Any, ..structure }
}

/// `KEY: value`, or `[KEY=value]`.
const PAIRS: &str = "{snbz}[s]!";
/// Options of a driver.
const OPTIONS: &str = "{sn}";
const REFERENCE: &[(&str, &str)] = &[("s", "gid source target uid"), ("ns", "mode")];
const HOOK: &[(&str, &str)] =
    &[("zs[s]", "command"), ("s", "user working_dir"), ("bs", "privileged"), (PAIRS, "environment")];
const UPDATE: &[(&str, &str)] =
    &[("is", "parallelism"), ("s", "delay failure_action monitor order"), ("ns", "max_failure_ratio")];
const DEVICE: &[(&str, &str)] =
    &[("[s]!", "capabilities device_ids"), ("is", "count"), ("s", "driver"), (PAIRS, "options")];
const RATE: &[(&str, &str)] = &[("s", "path"), ("is", "rate")];

const STRUCTURES: &[Structure] = &[
    structure(
        "",
        &[("s", "name version"), ("[@sz]", "include"), ("{@}", "services models networks volumes secrets configs")],
    ),
    // Read before anything is validated: other keys are passed over.
    open(structure("include.[]", &[("s[s]", "env_file path"), ("ws", "project_directory")])),
    structure(
        "services.*",
        &[
            ("@z", "deploy develop"),
            ("@s", "build extends"),
            ("@", "blkio_config credential_spec healthcheck logging provider"),
            (PAIRS, "annotations environment labels sysctls"),
            ("bs", "attach init oom_kill_disable privileged read_only stdin_open tty"),
            ("b", "use_api_socket"),
            (
                "[s]!",
                "cap_add cap_drop device_cgroup_rules dns_opt external_links links profiles security_opt volumes_from",
            ),
            ("s[s]!", "dns dns_search tmpfs"),
            ("s[s]", "label_file"),
            ("s[@s]", "env_file"),
            ("[ws]!", "expose group_add"),
            (
                "s",
                "cgroup cgroup_parent container_name cpuset domainname hostname image ipc isolation mac_address \
                 network_mode pid platform pull_policy pull_refresh_after restart runtime stop_grace_period stop_signal user \
                 userns_mode uts working_dir",
            ),
            ("zs[s]", "command entrypoint"),
            ("[@s]", "configs secrets devices volumes"),
            ("[@ws]", "ports"),
            ("[@]", "post_start pre_stop"),
            ("is", "cpu_count cpu_percent mem_reservation mem_swappiness oom_score_adj scale"),
            (
                "ns",
                "cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus mem_limit memswap_limit pids_limit shm_size",
            ),
            ("{@}[s]!", "depends_on"),
            ("{@z}[s]!", "models networks"),
            ("{s[s]}[s]!", "extra_hosts"),
            ("s[@]", "gpus"),
            ("{*}", "storage_opt"),
            ("{@ws}", "ulimits"),
        ],
    ),
    strict(structure(
        "services.*.blkio_config",
        &[
            ("[@]", "device_read_bps device_read_iops device_write_bps device_write_iops weight_device"),
            ("i", "weight"),
        ],
    )),
    strict(structure("services.*.blkio_config.device_read_bps.[]", RATE)),
    strict(structure("services.*.blkio_config.device_read_iops.[]", RATE)),
    strict(structure("services.*.blkio_config.device_write_bps.[]", RATE)),
    strict(structure("services.*.blkio_config.device_write_iops.[]", RATE)),
    strict(structure("services.*.blkio_config.weight_device.[]", &[("s", "path"), ("i", "weight")])),
    structure(
        "services.*.build",
        &[
            ("s", "context dockerfile dockerfile_inline isolation network target"),
            ("[s]", "cache_from cache_to entitlements platforms tags"),
            (PAIRS, "additional_contexts args labels ssh"),
            ("bs", "no_cache privileged provenance pull sbom"),
            ("is", "shm_size"),
            ("{s[s]}[s]!", "extra_hosts"),
            ("[@s]", "secrets"),
            ("{@w}", "ulimits"),
        ],
    ),
    structure("services.*.build.secrets.[]", REFERENCE),
    requiring("soft hard", structure("services.*.build.ulimits.*", &[("ws", "hard soft")])),
    structure("services.*.configs.[]", REFERENCE),
    structure("services.*.credential_spec", &[("s", "config file registry")]),
    requiring(
        "condition",
        structure("services.*.depends_on.*", &[("s", "condition"), ("b", "required"), ("bs", "restart")]),
    ),
    structure(
        "services.*.deploy",
        &[
            ("s", "endpoint_mode mode"),
            (PAIRS, "labels"),
            ("is", "replicas"),
            ("@", "placement resources restart_policy rollback_config update_config"),
        ],
    ),
    structure(
        "services.*.deploy.placement",
        &[("[s]", "constraints"), ("is", "max_replicas_per_node"), ("[@]", "preferences")],
    ),
    structure("services.*.deploy.placement.preferences.[]", &[("s", "spread")]),
    structure("services.*.deploy.resources", &[("@", "limits reservations")]),
    structure("services.*.deploy.resources.limits", &[("ns", "cpus"), ("s", "memory"), ("is", "pids")]),
    structure(
        "services.*.deploy.resources.reservations",
        &[("ns", "cpus"), ("s", "memory"), ("[@]", "devices generic_resources")],
    ),
    requiring("capabilities", structure("services.*.deploy.resources.reservations.devices.[]", DEVICE)),
    structure("services.*.deploy.resources.reservations.generic_resources.[]", &[("@", "discrete_resource_spec")]),
    structure(
        "services.*.deploy.resources.reservations.generic_resources.[].discrete_resource_spec",
        &[("s", "kind"), ("ns", "value")],
    ),
    structure("services.*.deploy.restart_policy", &[("s", "condition delay window"), ("is", "max_attempts")]),
    structure("services.*.deploy.rollback_config", UPDATE),
    structure("services.*.deploy.update_config", UPDATE),
    structure("services.*.develop", &[("[@]", "watch")]),
    requiring(
        "path action",
        structure(
            "services.*.develop.watch.[]",
            &[("s", "action path target"), ("s[s]!", "ignore include"), ("b", "initial_sync"), ("@", "exec")],
        ),
    ),
    requiring("command", structure("services.*.develop.watch.[].exec", HOOK)),
    requiring("source", structure("services.*.devices.[]", &[("s", "permissions source target")])),
    strict(requiring("path", structure("services.*.env_file.[]", &[("s", "format path"), ("bs", "required")]))),
    strict(requiring("service", structure("services.*.extends", &[("s", "file service")]))),
    open(structure("services.*.gpus.[]", DEVICE)),
    structure(
        "services.*.healthcheck",
        &[
            ("bs", "disable"),
            ("s", "interval start_interval start_period timeout"),
            ("ns", "retries"),
            ("s[s]", "test"),
        ],
    ),
    structure("services.*.logging", &[("s", "driver"), ("{snz}", "options")]),
    structure("services.*.models.*", &[("s", "endpoint_var model_var")]),
    structure(
        "services.*.networks.*",
        &[
            ("[s]!", "aliases link_local_ips"),
            ("s", "interface_name ipv4_address ipv6_address mac_address"),
            (OPTIONS, "driver_opts"),
            ("n", "gw_priority priority"),
        ],
    ),
    structure(
        "services.*.ports.[]",
        &[("s", "app_protocol host_ip mode name protocol"), ("ws", "published"), ("is", "target")],
    ),
    requiring("command", structure("services.*.post_start.[]", HOOK)),
    requiring("command", structure("services.*.pre_stop.[]", HOOK)),
    requiring("type", structure("services.*.provider", &[("s", "type"), ("{snb[snb]}", "options")])),
    structure("services.*.secrets.[]", REFERENCE),
    requiring("soft hard", structure("services.*.ulimits.*", &[("ws", "hard soft")])),
    requiring(
        "type",
        structure(
            "services.*.volumes.[]",
            &[("s", "consistency source target type"), ("bs", "read_only"), ("@", "bind image tmpfs volume")],
        ),
    ),
    structure("services.*.volumes.[].bind", &[("s", "propagation recursive selinux"), ("bs", "create_host_path")]),
    structure("services.*.volumes.[].image", &[("s", "subpath")]),
    structure("services.*.volumes.[].tmpfs", &[("n", "mode"), ("is", "size")]),
    structure("services.*.volumes.[].volume", &[(PAIRS, "labels"), ("bs", "nocopy"), ("s", "subpath")]),
    structure(
        "networks.*",
        &[
            ("s", "driver name"),
            (OPTIONS, "driver_opts"),
            ("bs", "attachable enable_ipv4 enable_ipv6 internal"),
            ("@bs", "external"),
            ("@", "ipam"),
            (PAIRS, "labels"),
        ],
    ),
    structure("networks.*.external", &[("s", "name")]),
    structure("networks.*.ipam", &[("s", "driver"), ("[@]", "config"), ("{s}", "options")]),
    structure("networks.*.ipam.config.[]", &[("s", "gateway ip_range subnet"), ("{s}", "aux_addresses")]),
    structure("volumes.*", &[("s", "driver name"), (OPTIONS, "driver_opts"), ("@bs", "external"), (PAIRS, "labels")]),
    structure("volumes.*.external", &[("s", "name")]),
    structure(
        "secrets.*",
        &[
            ("s", "driver environment file name template_driver"),
            ("{sw}", "driver_opts"),
            ("@bs", "external"),
            (PAIRS, "labels"),
        ],
    ),
    open(structure("secrets.*.external", &[("s", "name")])),
    structure(
        "configs.*",
        &[("s", "content environment file name template_driver"), ("@bs", "external"), (PAIRS, "labels")],
    ),
    open(structure("configs.*.external", &[("s", "name")])),
    requiring("model", structure("models.*", &[("s", "model name"), ("i", "context_size"), ("[s]", "runtime_flags")])),
];

/// Entries of these sections that may be there without a value.
const EMPTY_ENTRIES: [&str; 2] = ["networks", "volumes"];

/// Attributes with a choice of values.
const CHOICES: [(&str, &str); 9] = [
    ("services.*.cgroup", "host private"),
    ("services.*.depends_on.*.condition", "service_started service_healthy service_completed_successfully"),
    ("services.*.deploy.rollback_config.order", "start-first stop-first"),
    ("services.*.deploy.update_config.order", "start-first stop-first"),
    ("services.*.develop.watch.[].action", "rebuild sync restart sync+restart sync+exec"),
    ("services.*.gpus", "all"),
    ("services.*.volumes.[].bind.recursive", "enabled disabled writable readonly"),
    ("services.*.volumes.[].bind.selinux", "z Z"),
    ("services.*.volumes.[].type", "bind volume tmpfs cluster npipe image"),
];

/// No upper bound: of what is too large, the structures behind the schema keep what they can.
pub(super) const NO_BOUND: i128 = i128::MAX;

/// Numbers with bounds.
const RANGES: [(&str, i64, i128); 15] = [
    ("services.*.blkio_config.weight", 0, NO_BOUND),
    ("services.*.blkio_config.weight_device.[].weight", 0, NO_BOUND),
    ("services.*.cpu_count", 0, NO_BOUND),
    ("services.*.cpu_percent", 0, 100),
    ("services.*.deploy.placement.max_replicas_per_node", 0, NO_BOUND),
    ("services.*.deploy.replicas", 0, i64::MAX as i128),
    ("services.*.deploy.restart_policy.max_attempts", 0, NO_BOUND),
    ("services.*.deploy.rollback_config.parallelism", 0, NO_BOUND),
    ("services.*.deploy.update_config.parallelism", 0, NO_BOUND),
    ("services.*.healthcheck.retries", 0, NO_BOUND),
    ("services.*.oom_score_adj", -1000, 1000),
    ("services.*.ports.[].target", 0, NO_BOUND),
    ("services.*.scale", 0, i64::MAX as i128),
    ("services.*.volumes.[].tmpfs.mode", 0, NO_BOUND),
    ("services.*.volumes.[].tmpfs.size", 0, NO_BOUND),
];

/// Mappings whose keys have a form.
const KEYS: [(&str, Keys); 15] = [
    ("services", Keys::Names),
    ("volumes", Keys::Names),
    ("secrets", Keys::Names),
    ("configs", Keys::Names),
    ("services.*.depends_on", Keys::Names),
    ("services.*.networks", Keys::Names),
    ("networks", Keys::NamesOrOthers),
    ("models", Keys::NamesOrOthers),
    ("services.*.models", Keys::NamesOrOthers),
    ("secrets.*.driver_opts", Keys::NoExtensions),
    ("services.*.storage_opt", Keys::NoExtensions),
    ("services.*.extra_hosts", Keys::NoExtensions),
    ("services.*.build.extra_hosts", Keys::NoExtensions),
    ("services.*.ulimits", Keys::LettersOrOthers),
    ("services.*.build.ulimits", Keys::LettersOrOthers),
];

/// The keys of a mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Keys {
    /// Any, but there has to be one.
    #[default]
    Any,
    /// The same, but none that starts with `x-`: it is taken for an extension, for which there is no room.
    NoExtensions,
    /// Letters, digits, `.`, `_` and `-`.
    Names,
    /// The same, and what stands under other keys is not looked at.
    NamesOrOthers,
    /// Lower-case letters, and what stands under other keys is not looked at.
    LettersOrOthers,
}

/// A form that a string must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The name of a container.
    ContainerName,
    /// When an image is pulled.
    PullPolicy,
}

/// Kinds of values.
#[derive(Clone, Debug, Default)]
pub(super) struct Takes {
    pub(super) string: bool,
    pub(super) integer: bool,
    pub(super) written_integer: bool,
    pub(super) number: bool,
    pub(super) boolean: bool,
    pub(super) nothing: bool,
    /// A structure, whose attributes are in the table.
    pub(super) structure: bool,
    pub(super) anything: bool,
    /// A list, and what its items are.
    pub(super) list: Option<Box<Takes>>,
    /// A list without equal items.
    pub(super) distinct: bool,
    /// A mapping of names, and what they stand for.
    pub(super) mapping: Option<Box<Takes>>,
}

/// What is expected at one path, and below it: the table, compiled so that a model is walked once.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) takes: Takes,
    /// Of a structure: it knows the attributes in `children`.
    pub(super) required: &'static str,
    pub(super) others: Others,
    pub(super) choices: Option<&'static str>,
    pub(super) range: Option<(i64, i128)>,
    pub(super) form: Option<Form>,
    pub(super) keys: Keys,
    pub(super) children: HashMap<&'static str, Node>,
    /// Below any key, or any item.
    pub(super) any: Option<Box<Node>>,
    /// What is special about it otherwise.
    pub(super) attribute: Attribute,
    /// Whether layers together may show something here, or below, that no layer shows by itself.
    pub(super) shows_merged: bool,
}

impl Node {
    /// Works out what the attributes are and what layers together may show. `takes` is what is taken here.
    fn gather(&mut self, takes: &Takes, cursor: Cursor) {
        self.attribute = *cursor.attribute();
        for (name, child) in &mut self.children {
            let takes = child.takes.clone();
            child.gather(&takes, cursor.key(name));
        }
        let inner = [takes.list.as_deref(), takes.mapping.as_deref()].into_iter().flatten();
        if let Some(any) = &mut self.any {
            // A list has structures in it, or a mapping.
            let structure = inner.clone().find(|takes| takes.structure);
            any.gather(structure.unwrap_or(&Takes::default()), cursor.item());
        }
        self.shows_merged = takes.structure
            || (takes.distinct && self.attribute.unique.is_none())
            || takes.mapping.as_deref().is_some_and(|takes| !takes.nothing && !takes.anything)
            || inner.into_iter().any(|takes| takes.structure);
    }
}

/// The whole table.
pub(super) fn root() -> &'static Node {
    static ROOT: OnceLock<Node> = OnceLock::new();
    ROOT.get_or_init(compile)
}

fn compile() -> Node {
    let mut root = Node::default();
    root.takes.structure = true;
    for structure in STRUCTURES {
        for (marks, names) in structure.attributes {
            for name in names.split_ascii_whitespace() {
                let node = node_at(&mut root, structure.at).children.entry(name).or_default();
                node.takes = takes(marks);
            }
        }
        let node = node_at(&mut root, structure.at);
        node.required = structure.required;
        node.others = structure.others;
    }
    for section in EMPTY_ENTRIES {
        node_at(&mut root, section).takes = takes("{@z}");
    }
    CHOICES.iter().for_each(|(at, choices)| node_at(&mut root, at).choices = Some(choices));
    RANGES.iter().for_each(|(at, least, most)| node_at(&mut root, at).range = Some((*least, *most)));
    KEYS.iter().for_each(|(at, keys)| node_at(&mut root, at).keys = *keys);
    node_at(&mut root, "services.*.container_name").form = Some(Form::ContainerName);
    node_at(&mut root, "services.*.pull_policy").form = Some(Form::PullPolicy);
    let takes = root.takes.clone();
    root.gather(&takes, Cursor::root());
    root
}

fn node_at<'a>(root: &'a mut Node, at: &'static str) -> &'a mut Node {
    at.split('.').filter(|part| !part.is_empty()).fold(root, |node, part| match part {
        "*" | "[]" => node.any.get_or_insert_default(),
        part => node.children.entry(part).or_default(),
    })
}

fn takes(marks: &'static str) -> Takes {
    let mut takes = Takes::default();
    let mut rest = marks;
    while let Some(mark) = rest.chars().next() {
        rest = rest.get(1..).unwrap_or_default();
        match mark {
            's' => takes.string = true,
            'i' => takes.integer = true,
            'w' => takes.written_integer = true,
            'n' => takes.number = true,
            'b' => takes.boolean = true,
            'z' => takes.nothing = true,
            '@' => takes.structure = true,
            '*' => takes.anything = true,
            '!' => takes.distinct = true,
            '[' | '{' => {
                let end = closing(rest);
                let inner = Box::new(self::takes(rest.get(..end).unwrap_or_default()));
                rest = rest.get(end + 1..).unwrap_or_default();
                match mark {
                    '[' => takes.list = Some(inner),
                    _ => takes.mapping = Some(inner),
                }
            }
            _ => {}
        }
    }
    takes
}

/// Where the bracket that is already open closes.
fn closing(marks: &str) -> usize {
    let mut depth = 0;
    let closes = |character: char| {
        match character {
            '[' | '{' => depth += 1,
            ']' | '}' if depth == 0 => return true,
            ']' | '}' => depth -= 1,
            _ => {}
        }
        false
    };
    marks.find(closes).unwrap_or(marks.len())
}
