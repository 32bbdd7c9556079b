//! Attributes that Docker Compose knows, and values that have another type than theirs.
//!
//! Docker Compose validates against its schema after every layer, the layers so far taken together: so do we, on the
//! canonical model. Source: the answers of Docker Compose 2.40.3 for each attribute by itself, as nothing, as a number,
//! and beside an attribute that nobody knows. What is not here: number ranges, items of rare lists, and formats.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::origin::Span;
use crate::stack::attributes::{Cast, Cursor};
use crate::stack::path::Path;
use crate::stack::problem::{Problem, ProblemKind};
use crate::stack::value::{Data, Field, Scalar, ScalarKind, Value};

/// A mapping with a fixed set of attributes.
struct Structure {
    /// Where it stands; `*` is any key, `[]` any item.
    at: &'static str,
    /// What takes strings only; durations and amounts are judged where they are read.
    strings: &'static str,
    /// What takes something else, or strings among others.
    others: &'static str,
    /// What has to be there.
    required: &'static str,
}

const fn structure(at: &'static str, strings: &'static str, others: &'static str) -> Structure {
    Structure { at, strings, others, required: "" }
}

const fn requiring(required: &'static str, structure: Structure) -> Structure {
    Structure { required, ..structure }
}

const STRUCTURES: &[Structure] = &[
    structure("", "version name", "include services models networks volumes secrets configs"),
    structure(
        "services.*",
        "cgroup cgroup_parent container_name cpuset domainname hostname image ipc isolation mac_address network_mode \
         pid platform pull_policy pull_refresh_after restart runtime stop_signal user userns_mode uts \
         working_dir",
        "annotations attach blkio_config build cap_add cap_drop command configs cpu_count cpu_percent cpu_period \
         cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus credential_spec depends_on deploy develop \
         device_cgroup_rules devices dns dns_opt dns_search entrypoint env_file environment expose extends \
         external_links extra_hosts gpus group_add healthcheck init label_file labels links logging mem_limit \
         mem_reservation mem_swappiness memswap_limit models networks oom_kill_disable oom_score_adj pids_limit ports \
         post_start pre_stop privileged profiles provider read_only scale secrets security_opt shm_size stdin_open \
         stop_grace_period storage_opt sysctls tmpfs tty ulimits use_api_socket volumes volumes_from",
    ),
    structure(
        "services.*.blkio_config",
        "",
        "device_read_bps device_read_iops device_write_bps device_write_iops weight weight_device",
    ),
    structure(
        "services.*.build",
        "context dockerfile dockerfile_inline isolation network target",
        "additional_contexts args cache_from cache_to entitlements extra_hosts labels no_cache platforms privileged \
         provenance pull sbom secrets shm_size ssh tags ulimits",
    ),
    structure("services.*.build.secrets.[]", "gid source uid", "mode target"),
    structure("services.*.configs.[]", "gid source uid", "mode target"),
    structure("services.*.credential_spec", "config file registry", ""),
    requiring("condition", structure("services.*.depends_on.*", "condition", "required restart")),
    structure(
        "services.*.deploy",
        "endpoint_mode mode",
        "labels placement replicas resources restart_policy rollback_config update_config",
    ),
    structure("services.*.deploy.placement", "", "constraints max_replicas_per_node preferences"),
    structure("services.*.deploy.resources", "", "limits reservations"),
    structure("services.*.deploy.resources.limits", "", "cpus memory pids"),
    structure("services.*.deploy.resources.reservations", "", "cpus devices generic_resources memory"),
    structure("services.*.deploy.restart_policy", "condition", "delay max_attempts window"),
    structure(
        "services.*.deploy.rollback_config",
        "failure_action order",
        "delay max_failure_ratio monitor parallelism",
    ),
    structure("services.*.deploy.update_config", "failure_action order", "delay max_failure_ratio monitor parallelism"),
    structure("services.*.develop", "", "watch"),
    requiring(
        "action",
        structure("services.*.develop.watch.[]", "action path target", "exec ignore include initial_sync"),
    ),
    structure("services.*.devices.[]", "permissions source", "target"),
    structure("services.*.env_file.[]", "format path", "required"),
    structure("services.*.healthcheck", "", "disable interval retries start_interval start_period test timeout"),
    structure("services.*.logging", "driver", "options"),
    structure("services.*.models.*", "endpoint_var model_var", ""),
    structure(
        "services.*.networks.*",
        "interface_name ipv4_address ipv6_address mac_address",
        "aliases driver_opts gw_priority link_local_ips priority",
    ),
    structure("services.*.ports.[]", "app_protocol host_ip mode name protocol", "published target"),
    structure("services.*.post_start.[]", "user working_dir", "command environment privileged"),
    structure("services.*.pre_stop.[]", "user working_dir", "command environment privileged"),
    requiring("type", structure("services.*.provider", "type", "options")),
    structure("services.*.secrets.[]", "gid source uid", "mode target"),
    requiring(
        "type",
        structure("services.*.volumes.[]", "consistency source target type", "bind image read_only tmpfs volume"),
    ),
    structure("services.*.volumes.[].bind", "propagation recursive selinux", "create_host_path"),
    structure("services.*.volumes.[].image", "subpath", ""),
    structure("services.*.volumes.[].tmpfs", "", "mode size"),
    structure("services.*.volumes.[].volume", "subpath", "labels nocopy"),
    structure(
        "networks.*",
        "driver name",
        "attachable driver_opts enable_ipv4 enable_ipv6 external internal ipam labels",
    ),
    structure("networks.*.ipam", "driver", "config options"),
    structure("networks.*.ipam.config.[]", "gateway ip_range subnet", "aux_addresses"),
    structure("volumes.*", "driver name", "driver_opts external labels"),
    structure("secrets.*", "driver environment file name template_driver", "driver_opts external labels"),
    structure("configs.*", "content environment file name template_driver", "external labels"),
    structure("models.*", "model name", "context_size runtime_flags"),
];

/// Attributes and entries that may be there without a value.
const OPTIONAL: [&str; 11] = [
    "include",
    "services.*.command",
    "services.*.entrypoint",
    "services.*.deploy",
    "services.*.develop",
    "services.*.post_start.[].command",
    "services.*.pre_stop.[].command",
    "services.*.networks.*",
    "services.*.models.*",
    "networks.*",
    "volumes.*",
];

/// Lists of strings.
const STRING_LISTS: [&str; 12] = [
    "services.*.device_cgroup_rules",
    "services.*.dns_opt",
    "services.*.external_links",
    "services.*.healthcheck.test",
    "services.*.links",
    "services.*.profiles",
    "services.*.security_opt",
    "services.*.volumes_from",
    "services.*.cap_add",
    "services.*.cap_drop",
    "services.*.dns",
    "services.*.tmpfs",
];

/// Attributes with a choice of values.
const CHOICES: [(&str, &str); 7] = [
    ("services.*.cgroup", "host private"),
    ("services.*.depends_on.*.condition", "service_started service_healthy service_completed_successfully"),
    ("services.*.deploy.rollback_config.order", "start-first stop-first"),
    ("services.*.deploy.update_config.order", "start-first stop-first"),
    ("services.*.develop.watch.[].action", "rebuild sync restart sync+restart sync+exec"),
    ("services.*.volumes.[].bind.recursive", "enabled disabled writable readonly"),
    ("services.*.volumes.[].type", "bind volume tmpfs cluster npipe image"),
];

/// Checks the merged layers of a project.
pub(crate) fn check(model: &Value, problems: &mut Vec<Problem>) {
    static EXPECTED: OnceLock<Node> = OnceLock::new();
    let expected = EXPECTED.get_or_init(compile);
    Check { problems }.walk(model, None, Some(expected), Cursor::root(), &Path::default());
}

/// What is expected at one path, and below it: the tables, compiled so that a model is walked once.
#[derive(Default)]
struct Node {
    /// Of a structure the attributes that it knows, and whether they take strings only.
    attributes: Option<HashMap<&'static str, bool>>,
    required: &'static str,
    /// It may be there without a value.
    optional: bool,
    string_list: bool,
    choices: Option<&'static str>,
    container_name: bool,
    limits: bool,
    children: HashMap<&'static str, Node>,
    any: Option<Box<Node>>,
}

impl Node {
    fn below(&self, part: &str) -> Option<&Self> {
        self.children.get(part).or(self.any.as_deref())
    }
}

fn compile() -> Node {
    let mut root = Node::default();
    for structure in STRUCTURES {
        let node = node_at(&mut root, structure.at);
        node.required = structure.required;
        let strings = words(structure.strings).map(|name| (name, true));
        node.attributes = Some(strings.chain(words(structure.others).map(|name| (name, false))).collect());
    }
    OPTIONAL.iter().for_each(|at| node_at(&mut root, at).optional = true);
    STRING_LISTS.iter().for_each(|at| node_at(&mut root, at).string_list = true);
    CHOICES.iter().for_each(|(at, choices)| node_at(&mut root, at).choices = Some(choices));
    node_at(&mut root, "services.*.container_name").container_name = true;
    node_at(&mut root, "services.*.ulimits.*").limits = true;
    root
}

fn node_at<'a>(root: &'a mut Node, at: &'static str) -> &'a mut Node {
    at.split('.').filter(|part| !part.is_empty()).fold(root, |node, part| match part {
        "*" => node.any.get_or_insert_default(),
        part => node.children.entry(part).or_default(),
    })
}

struct Check<'a> {
    problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    fn walk(&mut self, value: &Value, key: Option<Span>, expected: Option<&Node>, cursor: Cursor, path: &Path<'_>) {
        if let Some(node) = expected {
            self.expect(value, key, node, path);
        }
        match &value.data {
            Data::Null => {}
            Data::Scalar(scalar) => {
                // A number where `true` or `false` belongs.
                let number = matches!(scalar.kind, ScalarKind::Int | ScalarKind::Float);
                if number && cursor.attribute().cast == Some(Cast::Bool) {
                    self.refuse(value.place, path, format!("`{path}` takes `true` or `false`"), None);
                }
            }
            Data::Sequence(items) => {
                let expected = expected.and_then(|node| node.below("[]"));
                for (index, item) in items.iter().enumerate() {
                    self.walk(item, item.place, expected, cursor.item(), &path.index(index));
                }
            }
            Data::Mapping(fields) => {
                for (name, field) in fields {
                    let below = expected.filter(|_| !name.starts_with("x-")).and_then(|node| node.below(name));
                    self.walk(&field.value, field.key, below, cursor.key(name), &path.key(name));
                }
            }
        }
    }

    fn expect(&mut self, value: &Value, key: Option<Span>, node: &Node, path: &Path<'_>) {
        if let Some(attributes) = &node.attributes {
            self.structure(value, key, node, attributes, path);
        }
        if node.string_list {
            self.string_list(value, path);
        }
        if let Some(choices) = node.choices {
            self.choice(value, choices, path);
        }
        if node.container_name {
            self.container_name(value, path);
        }
        if node.limits {
            self.limits(value, path);
        }
    }

    fn refuse(&mut self, place: Option<Span>, path: &Path<'_>, message: String, help: Option<&str>) {
        let mut problem = Problem::new(ProblemKind::Schema, place, &path.to_string(), message);
        problem.help = help.map(str::to_owned);
        self.problems.push(problem);
    }

    fn structure(
        &mut self,
        value: &Value,
        key: Option<Span>,
        node: &Node,
        attributes: &HashMap<&'static str, bool>,
        path: &Path<'_>,
    ) {
        if value.repaired {
            return;
        }
        let Data::Mapping(fields) = &value.data else {
            if !(value.is_null() && node.optional) {
                let help = value.is_null().then_some(EMPTY);
                self.refuse(key.or(value.place), path, format!("`{path}` must be a mapping"), help);
            }
            return;
        };
        for (name, field) in fields.iter().filter(|(name, _)| !name.starts_with("x-")) {
            let path = path.key(name);
            match attributes.get(&**name) {
                Some(string) => self.attribute(field, *string, node.below(name), &path),
                None => {
                    let message = format!("`{name}` is no attribute that Docker Compose knows here");
                    let help = "correct the name, or start it with `x-` if it is your own";
                    self.refuse(field.key.or(field.value.place), &path, message, Some(help));
                }
            }
        }
        for name in words(node.required).filter(|name| !fields.contains_key(*name)) {
            self.refuse(value.place, path, format!("`{path}` needs `{name}`"), None);
        }
    }

    fn attribute(&mut self, field: &Field, string: bool, expected: Option<&Node>, path: &Path<'_>) {
        let value = &field.value;
        if value.repaired {
            return;
        }
        // What is itself a structure is judged as one.
        let judged = expected.is_some_and(|node| node.attributes.is_some());
        if value.is_null() && !judged && !expected.is_some_and(|node| node.optional) {
            self.refuse(field.key.or(value.place), path, format!("`{path}` has no value"), Some(EMPTY));
        }
        if string {
            self.string(value, path);
        }
    }

    fn string(&mut self, value: &Value, path: &Path<'_>) {
        let place = value.place;
        match &value.data {
            Data::Scalar(Scalar { kind: ScalarKind::String, .. }) | Data::Null => {}
            _ if value.repaired => {}
            Data::Scalar(_) => {
                self.refuse(place, path, format!("`{path}` takes a string"), Some("put the value in quotes"));
            }
            _ => self.refuse(place, path, format!("`{path}` takes a string"), None),
        }
    }

    fn string_list(&mut self, value: &Value, path: &Path<'_>) {
        for (index, item) in value.items().iter().enumerate() {
            let path = path.index(index);
            match item.is_null() {
                true => self.refuse(item.place, &path, format!("`{path}` has no value"), None),
                false => self.string(item, &path),
            }
        }
    }

    fn choice(&mut self, value: &Value, choices: &str, path: &Path<'_>) {
        let Some(text) = value.as_text() else { return };
        if !text.is_unknown() && !words(choices).any(|choice| choice == text.as_str()) {
            let list = words(choices).map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", ");
            self.refuse(value.place, path, format!("`{path}` takes one of {list}"), None);
        }
    }

    /// Docker Compose looks for a stretch that could be a name, wherever it stands.
    fn container_name(&mut self, value: &Value, path: &Path<'_>) {
        let Some(text) = value.as_text() else { return };
        let letters: Vec<char> = text.as_str().chars().collect();
        let follows = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-');
        let pairs = letters.iter().zip(letters.iter().skip(1));
        if !text.is_unknown() && !pairs.into_iter().any(|(first, next)| first.is_ascii_alphanumeric() && follows(next))
        {
            let message = format!("`{path}` takes a name of at least two letters, digits, `_`, `.` or `-`");
            self.refuse(value.place, path, message, None);
        }
    }

    /// A limit is one number, or both a soft and a hard one.
    fn limits(&mut self, value: &Value, path: &Path<'_>) {
        if value.as_mapping().is_some()
            && !value.repaired
            && (value.get("soft").is_none() || value.get("hard").is_none())
        {
            self.refuse(value.place, path, format!("`{path}` needs both `soft` and `hard`"), None);
        }
    }
}

const EMPTY: &str = "give it a value, or remove the key; Docker Compose refuses a key without a value here";

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split_ascii_whitespace()
}
