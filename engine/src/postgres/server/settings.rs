//! The values that win, and those that lose against them.

use indexmap::IndexMap;

use crate::postgres::arguments::CommandLine;
use crate::postgres::conf::Conf;
use crate::postgres::decision::Ssl;
use crate::postgres::parameters::parse_bool;
use crate::text::Text;

/// The settings of a server that something sets.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    values: IndexMap<Box<str>, Setting>,
    /// Nothing that could set another value is hidden but what `ALTER SYSTEM` wrote.
    pub(super) complete: bool,
    /// `listen_addresses` where nothing sets it: the file of the official image has `*`, the server itself `localhost`.
    pub(super) listens_by_default: bool,
}

/// A setting.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The value that wins.
    pub value: Text,
    /// What sets it.
    pub source: SettingSource,
    /// The values it overrides, the first one first.
    pub overridden: Vec<Text>,
}

/// What sets a value, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SettingSource {
    /// The environment of the container.
    Environment,
    /// The image, or what its first start writes.
    FirstStart,
    /// The configuration file, or one that it includes.
    File,
    /// The command line.
    CommandLine,
}

impl Settings {
    /// Sets a value, which wins over what was set before.
    pub(super) fn set(&mut self, name: &str, value: Text, source: SettingSource) {
        let name = name.to_ascii_lowercase();
        let overridden = match self.values.get_mut(name.as_str()) {
            Some(known) => {
                let mut losers = std::mem::take(&mut known.overridden);
                losers.push(std::mem::take(&mut known.value));
                losers
            }
            None => Vec::new(),
        };
        self.values.insert(name.into(), Setting { value, source, overridden });
    }

    pub(super) fn set_arguments(&mut self, command: &CommandLine) {
        use crate::postgres::arguments::Argument;
        for argument in &command.arguments {
            if let Argument::Setting { name, value } = argument {
                self.set(name, value.clone(), SettingSource::CommandLine);
            }
        }
    }

    /// A setting, if something that can be seen here sets it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.values.get(name)
    }

    /// All settings, in the order in which they are first set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.values.iter().map(|(name, setting)| (&**name, setting))
    }

    /// Whether all places that could set a value were read, but for what `ALTER SYSTEM` wrote.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// What a file by itself says. Another one may say more.
    pub(crate) fn of_conf(conf: &Conf) -> Self {
        let mut settings = Self::default();
        for assignment in &conf.assignments {
            settings.set(&assignment.name, assignment.value.clone(), SettingSource::File);
        }
        settings
    }

    pub(in crate::postgres) fn ssl(&self) -> Ssl {
        match self.get("ssl") {
            Some(setting) if setting.value.is_unknown() => Ssl::Unknown,
            Some(setting) => match parse_bool(setting.value.as_str()) {
                Some(true) => Ssl::On,
                Some(false) => Ssl::Off,
                None => Ssl::Unknown,
            },
            None if self.complete => Ssl::Off,
            None => Ssl::Unknown,
        }
    }

    /// Whether it listens on loopback addresses only, or on none.
    #[must_use]
    pub fn listens_locally(&self) -> bool {
        let Some(setting) = self.get("listen_addresses") else { return self.complete && !self.listens_by_default };
        if setting.value.is_unknown() {
            return false;
        }
        let mut addresses = setting.value.as_str().split(',').map(|address| address.trim().trim_matches('"'));
        addresses.all(|address| {
            let numeric = address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
            address.is_empty() || address.eq_ignore_ascii_case("localhost") || numeric
        })
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.get("port").and_then(|setting| setting.value.as_str().trim().parse().ok()).unwrap_or(5432)
    }
}
