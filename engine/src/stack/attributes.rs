//! The attributes of a Compose file that are not merged, cast or shaped like any other, as one table of paths.
//!
//! Source: Docker Compose 2.40 (compose-go 2.9), asked through `docker compose config`; the recorded answers are in
//! `fixtures/compose`. An attribute that is not in the table merges by its type: mappings key by key, lists one after
//! the other, scalars by the later one.

mod cursor;

pub(crate) use cursor::Cursor;

/// What is special about an attribute.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attribute {
    /// How two layers make one value.
    pub(crate) merge: Merge,
    /// What makes two items of a list the same item.
    pub(crate) unique: Option<Unique>,
    /// The canonical form its short syntaxes are brought into.
    pub(crate) shape: Option<Shape>,
    /// The type a string is cast to once its variables are replaced.
    pub(crate) cast: Option<Cast>,
    /// What cannot be cast may still be replaced by a later layer; a short syntax stays what it is until there is none.
    pub(crate) late: bool,
    /// It names a file or a directory, relative to the project directory of the file that says it.
    pub(crate) path: Option<PathKind>,
    /// How `docker compose config` prints it.
    pub(crate) print: Print,
}

/// How two layers make one value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Merge {
    /// By type: mappings key by key, lists one after the other, of scalars the later one; null changes nothing.
    #[default]
    ByType,
    /// The later layer's value, null too.
    Replace,
    /// Like `ByType`, but a key without value counts: it says that the value is inherited.
    KeyValue,
    /// Options are merged as long as both layers mean the same driver.
    Logging,
    /// Address pools of a network, which Docker Compose pairs in its own way.
    Pools,
}

/// What makes two items of a list the same item: the later one then takes the place of the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unique {
    /// The whole item.
    Whole,
    /// The whole item, but one layer may say it twice.
    Layered,
    /// Address, published port, target and protocol.
    Port,
    /// `target`, where it is mounted; for secrets and configs their default one.
    Target(&'static str),
    /// `path`.
    Path,
    /// What stands before the first `=`.
    Key,
}

/// Canonical forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `[KEY=value]` to a mapping; a key without value is inherited from the project's environment.
    Environment,
    /// `[key=value]` to a mapping; a key without value is empty.
    Labels,
    /// A list; above another layer a single string is one item.
    Items,
    /// A single string to a list of one.
    StringList,
    /// The same, without empty strings.
    NonEmptyList,
    /// A list of names to a mapping of names without a value.
    NamedList,
    /// A list of services to a mapping with their conditions.
    DependsOn,
    /// A context to a mapping with it.
    Build,
    /// A command line to its words.
    Command,
    /// A command line to a call of the shell.
    HealthcheckTest,
    /// `ip:published:target/protocol` to a mapping for each port.
    Ports,
    /// `source:target:options` to a mapping.
    Volumes,
    /// `source:target:permissions` to a mapping.
    Devices,
    /// A name to a mapping with it as `source`.
    FileReference,
    /// A path to a mapping with it.
    EnvFile,
    /// `[host=address]` or a mapping to a list of `host=address`.
    ExtraHosts,
    /// Numbers to their text.
    Expose,
    /// `all`, or a list of devices.
    Gpus,
    /// `all` to -1, which means the same.
    DeviceCount,
    /// `external: {name: x}` to a name and a mark.
    External,
    /// An amount of bytes such as `64m` to a number of bytes.
    Bytes,
    /// The same, but it may not be written as a number.
    BytesText,
    /// A file mode: a string of octal digits to a number.
    FileMode,
    /// A whole number, which is not read from text: what is text is refused, unless a later layer replaces it.
    WholeNumber,
    /// A duration such as `90s` to its canonical spelling, `1m30s`.
    Duration,
    /// A single path to a list; a string to a mapping with it as `path`.
    Include,
    /// A service name to a mapping with it.
    Extends,
    /// Build contexts, `[name=context]` or a mapping; a value that is no string stays what it is.
    Contexts,
    /// `ssh: [default, key=path]` to a mapping of keys to their paths, once there is another layer or none is left.
    Ssh,
}

/// Types a string may be cast to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cast {
    /// `true`, `yes`, `y`, `on` and their opposites.
    Bool,
    /// An integer.
    Int,
    /// An integer without a sign.
    Unsigned,
    /// A number.
    Float,
}

/// What a path-valued attribute names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathKind {
    /// A file or directory on the host.
    Host,
    /// A build context: a directory, unless it is a URL.
    Context,
    /// The file of a key. Without a path it is the project directory itself.
    Key,
    /// A volume, whose `device` is a path if the local driver binds it.
    Device,
    /// A mount, whose `source` is a path if it is a bind mount.
    Mount,
}

/// How `docker compose config` prints an attribute. It writes what its structures hold, so that an attribute may be left
/// out, or spelled as text, whatever the file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Print {
    /// By its type: nothing for null, `false`, zero, and what is empty.
    #[default]
    ByType,
    /// `false` and zero too: absent would mean something else.
    EvenZero,
    /// An empty mapping too.
    EvenEmpty,
    /// A number as text: nothing for zero.
    Amount,
    /// A number without its fraction: nothing for zero.
    Whole,
    /// A number of 16 bits, of which what is larger leaves the lower ones: nothing for zero.
    Short,
    /// The same with 32 bits.
    Word,
    /// A number in single precision: nothing for zero.
    Single,
    /// Numbers and booleans as text, `false` too.
    AsText,
    /// A list of it, as text.
    AsList,
    /// A mapping of which every key counts, its values as text; a key without a value is null.
    Variables,
    /// The same, but a key without a value is empty.
    Options,
    /// The same, but a key without a value is left out.
    Arguments,
    /// The same as `Variables`, but what starts with `x-` is an extension also where it was a list or a layer's.
    Contexts,
    /// A mapping as a list of `key: value`.
    Keys,
    /// A mapping of names, which may start with `x-`.
    Names,
    /// A mapping of limits: extensions are gathered as one without numbers.
    Limits,
    /// A mapping of lists: extensions are gathered as one of them.
    Lists,
    /// Items in the order of their text; an empty list too, if it has items without text.
    Sorted,
    /// Not at all.
    Never,
}

const PLAIN: Attribute = Attribute {
    merge: Merge::ByType,
    unique: None,
    shape: None,
    cast: None,
    late: false,
    path: None,
    print: Print::ByType,
};

const fn shape(shape: Shape) -> Attribute {
    Attribute { shape: Some(shape), ..PLAIN }
}

const fn cast(cast: Cast) -> Attribute {
    Attribute { cast: Some(cast), ..PLAIN }
}

/// A number that may be written with a fraction, which is cut off.
const fn whole() -> Attribute {
    Attribute { print: Print::Whole, ..cast(Cast::Int) }
}

const fn amount(kind: Shape) -> Attribute {
    Attribute { print: Print::Amount, ..shape(kind) }
}

const fn late(attribute: Attribute) -> Attribute {
    Attribute { late: true, ..attribute }
}

/// All fractions in Docker Compose's structures are of single precision.
const fn single() -> Attribute {
    Attribute { print: Print::Single, ..cast(Cast::Float) }
}

const fn path(path: PathKind) -> Attribute {
    Attribute { path: Some(path), ..PLAIN }
}

const fn print(print: Print) -> Attribute {
    Attribute { print, ..PLAIN }
}

const fn even_zero(attribute: Attribute) -> Attribute {
    Attribute { print: Print::EvenZero, ..attribute }
}

const fn key_value(shape: Shape) -> Attribute {
    Attribute { unique: Some(Unique::Key), ..pairs(shape) }
}

/// The same, but written as a list it may not hold equal items, and layers may not say the same.
const fn pairs(shape: Shape) -> Attribute {
    Attribute { merge: Merge::KeyValue, shape: Some(shape), print: Print::Variables, ..PLAIN }
}

const fn list(shape: Shape, unique: Unique) -> Attribute {
    Attribute { shape: Some(shape), unique: Some(unique), ..PLAIN }
}

const UNIQUE: Attribute = Attribute { unique: Some(Unique::Key), ..PLAIN };

const LIMIT: Attribute = Attribute { merge: Merge::Replace, cast: Some(Cast::Int), print: Print::EvenEmpty, ..PLAIN };

/// `*` stands for any key, `[]` for any item of a list.
const TABLE: &[(&str, Attribute)] = &[
    ("include", shape(Shape::Include)),
    ("include.[].env_file", shape(Shape::StringList)),
    ("include.[].path", shape(Shape::StringList)),
    ("services.*.annotations", key_value(Shape::Labels)),
    ("services.*.attach", late(even_zero(cast(Cast::Bool)))),
    ("services.*.blkio_config", print(Print::EvenEmpty)),
    ("services.*.blkio_config.device_read_bps.[].path", print(Print::EvenZero)),
    ("services.*.blkio_config.device_read_bps.[].rate", amount(Shape::Bytes)),
    ("services.*.blkio_config.device_read_iops.[].path", print(Print::EvenZero)),
    ("services.*.blkio_config.device_read_iops.[].rate", amount(Shape::Bytes)),
    ("services.*.blkio_config.device_write_bps.[].path", print(Print::EvenZero)),
    ("services.*.blkio_config.device_write_bps.[].rate", amount(Shape::Bytes)),
    ("services.*.blkio_config.device_write_iops.[].path", print(Print::EvenZero)),
    ("services.*.blkio_config.device_write_iops.[].rate", amount(Shape::Bytes)),
    ("services.*.blkio_config.weight", print(Print::Short)),
    ("services.*.blkio_config.weight_device.[].path", print(Print::EvenZero)),
    ("services.*.blkio_config.weight_device.[].weight", print(Print::Short)),
    ("services.*.build", Attribute { print: Print::EvenEmpty, ..shape(Shape::Build) }),
    ("services.*.build.additional_contexts", Attribute { print: Print::Contexts, ..key_value(Shape::Contexts) }),
    ("services.*.build.additional_contexts.*", path(PathKind::Context)),
    ("services.*.build.args", Attribute { print: Print::Arguments, ..key_value(Shape::Environment) }),
    ("services.*.build.context", path(PathKind::Context)),
    ("services.*.build.extra_hosts", Attribute { print: Print::Sorted, ..list(Shape::ExtraHosts, Unique::Layered) }),
    ("services.*.build.labels", key_value(Shape::Labels)),
    ("services.*.build.no_cache", late(cast(Cast::Bool))),
    ("services.*.build.privileged", late(cast(Cast::Bool))),
    ("services.*.build.provenance", print(Print::AsText)),
    ("services.*.build.pull", late(cast(Cast::Bool))),
    ("services.*.build.sbom", print(Print::AsText)),
    ("services.*.build.secrets", shape(Shape::FileReference)),
    ("services.*.build.secrets.[].mode", even_zero(shape(Shape::FileMode))),
    ("services.*.build.shm_size", amount(Shape::Bytes)),
    ("services.*.build.ssh", Attribute { print: Print::Keys, ..shape(Shape::Ssh) }),
    ("services.*.build.ssh.*", path(PathKind::Key)),
    ("services.*.build.tags", UNIQUE),
    ("services.*.build.ulimits", print(Print::Limits)),
    ("services.*.build.ulimits.*", Attribute { merge: Merge::ByType, cast: None, ..LIMIT }),
    ("services.*.build.ulimits.*.hard", shape(Shape::WholeNumber)),
    ("services.*.build.ulimits.*.soft", shape(Shape::WholeNumber)),
    ("services.*.cap_add", UNIQUE),
    ("services.*.cap_drop", UNIQUE),
    ("services.*.command", Attribute { merge: Merge::Replace, shape: Some(Shape::Command), ..PLAIN }),
    ("services.*.configs", list(Shape::FileReference, Unique::Target(""))),
    ("services.*.configs.[].mode", even_zero(shape(Shape::FileMode))),
    ("services.*.cpu_count", cast(Cast::Int)),
    ("services.*.cpu_percent", single()),
    ("services.*.cpu_period", whole()),
    ("services.*.cpu_quota", whole()),
    ("services.*.cpu_rt_period", whole()),
    ("services.*.cpu_rt_runtime", whole()),
    ("services.*.cpu_shares", whole()),
    ("services.*.cpus", single()),
    ("services.*.credential_spec", print(Print::EvenEmpty)),
    ("services.*.depends_on", Attribute { print: Print::Names, ..shape(Shape::DependsOn) }),
    ("services.*.depends_on.*.required", print(Print::EvenZero)),
    ("services.*.depends_on.*.restart", late(cast(Cast::Bool))),
    ("services.*.deploy", print(Print::EvenEmpty)),
    ("services.*.deploy.labels", key_value(Shape::Labels)),
    ("services.*.deploy.placement", print(Print::EvenEmpty)),
    ("services.*.deploy.placement.max_replicas_per_node", cast(Cast::Unsigned)),
    ("services.*.deploy.replicas", even_zero(cast(Cast::Int))),
    ("services.*.deploy.resources", print(Print::EvenEmpty)),
    ("services.*.deploy.resources.limits", print(Print::EvenEmpty)),
    ("services.*.deploy.resources.limits.cpus", late(single())),
    ("services.*.deploy.resources.limits.memory", amount(Shape::BytesText)),
    ("services.*.deploy.resources.limits.pids", late(cast(Cast::Int))),
    ("services.*.deploy.resources.reservations", print(Print::EvenEmpty)),
    ("services.*.deploy.resources.reservations.cpus", late(single())),
    ("services.*.deploy.resources.reservations.devices", shape(Shape::Gpus)),
    ("services.*.deploy.resources.reservations.devices.[].count", shape(Shape::DeviceCount)),
    ("services.*.deploy.resources.reservations.devices.[].options", pairs(Shape::Labels)),
    ("services.*.deploy.resources.reservations.generic_resources.[].discrete_resource_spec", print(Print::EvenEmpty)),
    (
        "services.*.deploy.resources.reservations.generic_resources.[].discrete_resource_spec.kind",
        print(Print::EvenZero),
    ),
    (
        "services.*.deploy.resources.reservations.generic_resources.[].discrete_resource_spec.value",
        even_zero(cast(Cast::Int)),
    ),
    ("services.*.deploy.resources.reservations.memory", amount(Shape::BytesText)),
    ("services.*.deploy.restart_policy", print(Print::EvenEmpty)),
    ("services.*.deploy.restart_policy.delay", even_zero(shape(Shape::Duration))),
    ("services.*.deploy.restart_policy.max_attempts", even_zero(cast(Cast::Unsigned))),
    ("services.*.deploy.restart_policy.window", even_zero(shape(Shape::Duration))),
    ("services.*.deploy.rollback_config", print(Print::EvenEmpty)),
    ("services.*.deploy.rollback_config.delay", shape(Shape::Duration)),
    ("services.*.deploy.rollback_config.max_failure_ratio", single()),
    ("services.*.deploy.rollback_config.monitor", shape(Shape::Duration)),
    ("services.*.deploy.rollback_config.parallelism", even_zero(cast(Cast::Unsigned))),
    ("services.*.deploy.update_config", print(Print::EvenEmpty)),
    ("services.*.deploy.update_config.delay", shape(Shape::Duration)),
    ("services.*.deploy.update_config.max_failure_ratio", single()),
    ("services.*.deploy.update_config.monitor", shape(Shape::Duration)),
    ("services.*.deploy.update_config.parallelism", even_zero(cast(Cast::Unsigned))),
    ("services.*.develop", print(Print::EvenEmpty)),
    ("services.*.develop.watch.[].exec.command", Attribute { print: Print::EvenEmpty, ..shape(Shape::Command) }),
    ("services.*.develop.watch.[].exec.environment", pairs(Shape::Environment)),
    ("services.*.develop.watch.[].exec.privileged", late(cast(Cast::Bool))),
    ("services.*.develop.watch.[].ignore", shape(Shape::StringList)),
    ("services.*.develop.watch.[].include", shape(Shape::StringList)),
    ("services.*.develop.watch.[].path", path(PathKind::Host)),
    ("services.*.devices", list(Shape::Devices, Unique::Target(""))),
    ("services.*.dns", list(Shape::NonEmptyList, Unique::Key)),
    ("services.*.dns_opt", list(Shape::Items, Unique::Key)),
    ("services.*.dns_search", list(Shape::StringList, Unique::Key)),
    ("services.*.entrypoint", Attribute { merge: Merge::Replace, shape: Some(Shape::Command), ..PLAIN }),
    ("services.*.env_file", Attribute { print: Print::Never, ..list(Shape::EnvFile, Unique::Path) }),
    ("services.*.env_file.[].path", path(PathKind::Host)),
    ("services.*.env_file.[].required", late(cast(Cast::Bool))),
    ("services.*.environment", key_value(Shape::Environment)),
    ("services.*.expose", list(Shape::Expose, Unique::Whole)),
    ("services.*.extends", shape(Shape::Extends)),
    ("services.*.extra_hosts", Attribute { print: Print::Sorted, ..list(Shape::ExtraHosts, Unique::Layered) }),
    ("services.*.gpus", shape(Shape::Gpus)),
    ("services.*.gpus.[].count", shape(Shape::DeviceCount)),
    ("services.*.gpus.[].options", pairs(Shape::Labels)),
    ("services.*.group_add.[]", print(Print::AsText)),
    ("services.*.healthcheck", print(Print::EvenEmpty)),
    ("services.*.healthcheck.disable", cast(Cast::Bool)),
    ("services.*.healthcheck.interval", even_zero(shape(Shape::Duration))),
    ("services.*.healthcheck.retries", even_zero(cast(Cast::Unsigned))),
    ("services.*.healthcheck.start_interval", even_zero(shape(Shape::Duration))),
    ("services.*.healthcheck.start_period", even_zero(shape(Shape::Duration))),
    ("services.*.healthcheck.test", Attribute { merge: Merge::Replace, shape: Some(Shape::HealthcheckTest), ..PLAIN }),
    ("services.*.healthcheck.timeout", even_zero(shape(Shape::Duration))),
    ("services.*.init", even_zero(cast(Cast::Bool))),
    ("services.*.label_file", Attribute { print: Print::Never, ..list(Shape::StringList, Unique::Whole) }),
    ("services.*.label_file.[]", path(PathKind::Host)),
    ("services.*.labels", key_value(Shape::Labels)),
    ("services.*.links", UNIQUE),
    ("services.*.logging", Attribute { merge: Merge::Logging, print: Print::EvenEmpty, ..PLAIN }),
    ("services.*.logging.options", print(Print::Options)),
    ("services.*.mem_limit", amount(Shape::Bytes)),
    ("services.*.mem_reservation", amount(Shape::Bytes)),
    ("services.*.mem_swappiness", amount(Shape::Bytes)),
    ("services.*.memswap_limit", amount(Shape::Bytes)),
    ("services.*.models", shape(Shape::NamedList)),
    ("services.*.models.*", print(Print::EvenEmpty)),
    ("services.*.networks", shape(Shape::NamedList)),
    ("services.*.networks.*", print(Print::EvenEmpty)),
    ("services.*.networks.*.aliases", UNIQUE),
    ("services.*.networks.*.driver_opts", print(Print::Options)),
    ("services.*.networks.*.link_local_ips", UNIQUE),
    ("services.*.networks.*.gw_priority", print(Print::Whole)),
    ("services.*.networks.*.priority", print(Print::Whole)),
    ("services.*.oom_kill_disable", cast(Cast::Bool)),
    ("services.*.oom_score_adj", cast(Cast::Int)),
    ("services.*.pids_limit", whole()),
    ("services.*.ports", list(Shape::Ports, Unique::Port)),
    ("services.*.ports.[].published", print(Print::AsText)),
    ("services.*.ports.[].target", Attribute { print: Print::Word, ..cast(Cast::Int) }),
    ("services.*.post_start.[].command", Attribute { print: Print::EvenEmpty, ..shape(Shape::Command) }),
    ("services.*.post_start.[].environment", pairs(Shape::Environment)),
    ("services.*.post_start.[].privileged", late(cast(Cast::Bool))),
    ("services.*.pre_stop.[].command", Attribute { print: Print::EvenEmpty, ..shape(Shape::Command) }),
    ("services.*.pre_stop.[].environment", pairs(Shape::Environment)),
    ("services.*.pre_stop.[].privileged", late(cast(Cast::Bool))),
    ("services.*.privileged", cast(Cast::Bool)),
    ("services.*.profiles", UNIQUE),
    ("services.*.provider", print(Print::EvenEmpty)),
    ("services.*.provider.options", print(Print::Lists)),
    ("services.*.provider.options.*", print(Print::AsList)),
    ("services.*.provider.options.*.[]", print(Print::AsText)),
    ("services.*.pull_refresh_after", print(Print::Never)),
    ("services.*.read_only", cast(Cast::Bool)),
    ("services.*.scale", even_zero(cast(Cast::Int))),
    ("services.*.secrets", list(Shape::FileReference, Unique::Target("/run/secrets"))),
    ("services.*.secrets.[].mode", even_zero(shape(Shape::FileMode))),
    ("services.*.shm_size", amount(Shape::Bytes)),
    ("services.*.stdin_open", cast(Cast::Bool)),
    ("services.*.stop_grace_period", even_zero(shape(Shape::Duration))),
    ("services.*.storage_opt", print(Print::Options)),
    ("services.*.sysctls", key_value(Shape::Labels)),
    ("services.*.tmpfs", list(Shape::StringList, Unique::Key)),
    ("services.*.tty", cast(Cast::Bool)),
    ("services.*.ulimits", print(Print::Limits)),
    ("services.*.ulimits.*", LIMIT),
    ("services.*.ulimits.*.hard", cast(Cast::Int)),
    ("services.*.ulimits.*.soft", cast(Cast::Int)),
    ("services.*.volumes", list(Shape::Volumes, Unique::Target(""))),
    ("services.*.volumes.[]", path(PathKind::Mount)),
    ("services.*.volumes.[].bind", print(Print::EvenEmpty)),
    ("services.*.volumes.[].bind.create_host_path", late(cast(Cast::Bool))),
    ("services.*.volumes.[].image", print(Print::EvenEmpty)),
    ("services.*.volumes.[].read_only", cast(Cast::Bool)),
    ("services.*.volumes.[].target", print(Print::EvenZero)),
    ("services.*.volumes.[].tmpfs", print(Print::EvenEmpty)),
    ("services.*.volumes.[].tmpfs.mode", print(Print::Word)),
    ("services.*.volumes.[].tmpfs.size", amount(Shape::Bytes)),
    ("services.*.volumes.[].volume", print(Print::EvenEmpty)),
    ("services.*.volumes.[].volume.labels", pairs(Shape::Labels)),
    ("services.*.volumes.[].volume.nocopy", cast(Cast::Bool)),
    ("networks.*", shape(Shape::External)),
    ("networks.*.attachable", cast(Cast::Bool)),
    ("networks.*.driver_opts", print(Print::Options)),
    ("networks.*.enable_ipv4", even_zero(cast(Cast::Bool))),
    ("networks.*.enable_ipv6", even_zero(cast(Cast::Bool))),
    ("networks.*.external", cast(Cast::Bool)),
    ("networks.*.internal", cast(Cast::Bool)),
    ("networks.*.ipam", print(Print::EvenEmpty)),
    ("networks.*.ipam.config", Attribute { merge: Merge::Pools, ..PLAIN }),
    ("networks.*.ipam.config.[].aux_addresses", print(Print::Options)),
    ("networks.*.ipam.options", print(Print::Never)),
    ("networks.*.labels", key_value(Shape::Labels)),
    ("volumes.*", Attribute { path: Some(PathKind::Device), ..shape(Shape::External) }),
    ("volumes.*.driver_opts", print(Print::Options)),
    ("volumes.*.external", cast(Cast::Bool)),
    ("volumes.*.labels", pairs(Shape::Labels)),
    ("secrets.*", shape(Shape::External)),
    ("secrets.*.driver_opts", print(Print::Options)),
    ("secrets.*.external", cast(Cast::Bool)),
    ("secrets.*.file", path(PathKind::Host)),
    ("secrets.*.labels", late(Attribute { merge: Merge::ByType, ..pairs(Shape::Labels) })),
    ("configs.*", shape(Shape::External)),
    ("configs.*.driver_opts", print(Print::Options)),
    ("configs.*.external", cast(Cast::Bool)),
    ("configs.*.file", path(PathKind::Host)),
    ("configs.*.labels", late(Attribute { merge: Merge::ByType, ..pairs(Shape::Labels) })),
];
