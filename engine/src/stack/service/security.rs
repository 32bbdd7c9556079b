//! What a service takes away from the isolation of its containers, and what it adds to it.

use crate::stack::Service;
use crate::stack::value::Value;

/// An entry of `security_opt`.
#[derive(Clone, Copy, Debug)]
pub struct SecurityOption<'a> {
    /// The entry.
    pub entry: &'a Value,
    /// What it sets: `seccomp`, `apparmor`, `label`, `no-new-privileges`, ...
    pub name: &'a str,
    /// To what; nothing for a bare name.
    pub value: Option<&'a str>,
}

/// An entry of `cap_add` or `cap_drop`.
#[derive(Clone, Debug)]
pub struct Capability<'a> {
    /// The entry.
    pub entry: &'a Value,
    /// Its name as the kernel's documentation spells it, without `CAP_`; `ALL` for all.
    pub name: String,
}

impl<'a> Service<'a> {
    /// The entries of `security_opt`: of two that set the same thing Docker goes by the later one.
    ///
    /// Docker splits at `=` and only without one at `:` (moby `daemon/daemon_unix.go`, `parseSecurityOpt`).
    pub fn security_options(&self) -> impl Iterator<Item = SecurityOption<'a>> + use<'a> {
        self.items("security_opt").iter().filter_map(|entry| {
            let text = entry.as_str()?;
            let (name, value) = match text.split_once('=').or_else(|| text.split_once(':')) {
                Some((name, value)) => (name, Some(value)),
                None => (text, None),
            };
            Some(SecurityOption { entry, name, value })
        })
    }

    /// The capabilities that its containers get besides the default ones. Docker gives them even where `cap_drop` names
    /// them as well.
    pub fn added_capabilities(&self) -> impl Iterator<Item = Capability<'a>> + use<'a> {
        capabilities(self.items("cap_add"))
    }

    /// The capabilities that are taken away from its containers.
    pub fn dropped_capabilities(&self) -> impl Iterator<Item = Capability<'a>> + use<'a> {
        capabilities(self.items("cap_drop"))
    }

    /// Whether its containers run with every right of the host's root. Capabilities, profiles and device rules then mean
    /// nothing.
    #[must_use]
    pub fn is_privileged(&self) -> bool {
        self.is_true("privileged")
    }

    /// Whether its containers are in the network of the host.
    #[must_use]
    pub fn is_in_host_network(&self) -> bool {
        self.value().text_at("network_mode").is_some_and(|mode| mode.as_str() == "host")
    }
}

/// Docker takes names in any case, with and without `CAP_` (moby `oci/caps/utils.go`).
fn capabilities(entries: &[Value]) -> impl Iterator<Item = Capability<'_>> {
    entries.iter().filter_map(|entry| {
        let name = entry.as_str()?.trim().to_ascii_uppercase();
        let name = name.strip_prefix("CAP_").map(str::to_owned).unwrap_or(name);
        Some(Capability { entry, name })
    })
}
