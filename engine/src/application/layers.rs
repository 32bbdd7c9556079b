//! Which configuration files a program reads together: `config.local.yaml` over `config.yaml`, `application-prod.yml` over
//! `application.yml`.

use crate::map::IndexMap;
use crate::stack::{EnvironmentKind, kind_of};

/// A configuration: the numbers of its files, the lowest layer first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) files: Vec<usize>,
    /// What it is for, and the number of the file whose name says so.
    pub(crate) environment: Option<(EnvironmentKind, usize)>,
}

/// A file name taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Name<'a> {
    /// What it has in common with its layers: the folder and the first words.
    stem: &'a str,
    /// JSON is read by others than YAML.
    json: bool,
    /// `local` is in it: it is laid over the others where the program runs.
    local: bool,
    /// The word that says what it is for.
    environment: Option<(EnvironmentKind, &'a str)>,
}

impl<'a> Name<'a> {
    fn of(path: &'a str) -> Self {
        let start = path.rfind('/').map_or(0, |slash| slash + 1);
        let end = path.get(start..).and_then(|name| name.rfind('.')).map_or(path.len(), |dot| start + dot);
        let mut name = Self {
            stem: path.get(..end).unwrap_or(path),
            json: super::tree::is_json(path),
            local: false,
            environment: None,
        };
        while let Some((stem, word)) = name.stem.rsplit_once(['.', '-', '_']).filter(|(stem, _)| stem.len() > start) {
            if word.eq_ignore_ascii_case("local") && !name.local {
                name.local = true;
            } else if let Some(kind) = kind_of(word).filter(|_| name.environment.is_none()) {
                name.environment = Some((kind, word));
            } else {
                break;
            }
            name.stem = stem;
        }
        name
    }
}

/// What a file name says that the file is for, wherever in the name. `local` says only where it lies.
pub(crate) fn environment_of(path: &str) -> Option<EnvironmentKind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split(['.', '-', '_']).filter(|word| !word.eq_ignore_ascii_case("local")).find_map(kind_of)
}

/// The configurations that files make. `active` are the names of environments that the program is told to run in: only
/// their layers count then.
///
/// Where a layer for production lies beside a file, the file alone is what nobody runs in production.
pub(crate) fn groups(paths: &[String], active: &[String]) -> Vec<Group> {
    let names: Vec<Name<'_>> = paths.iter().map(|path| Name::of(path)).collect();
    let mut groups = Vec::new();
    let mut stems: IndexMap<(&str, bool), Vec<usize>> = IndexMap::default();
    for (at, name) in names.iter().enumerate() {
        stems.entry((name.stem, name.json)).or_default().push(at);
    }
    for members in stems.into_values() {
        let of_stem = || members.iter().filter_map(|at| Some((*at, names.get(*at)?)));
        let base = || of_stem().filter(|(_, name)| name.environment.is_none() && !name.local).map(|(at, _)| at);
        let local = || of_stem().filter(|(_, name)| name.environment.is_none() && name.local).map(|(at, _)| at);
        let mut words: Vec<(EnvironmentKind, &str)> = Vec::new();
        for word in of_stem().filter_map(|(_, name)| name.environment) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        let is_active = |word: &str| active.iter().any(|active| active.eq_ignore_ascii_case(word));
        let chosen = words.iter().any(|(_, word)| is_active(word));
        if chosen {
            words.retain(|(_, word)| is_active(word));
        }
        let for_production = words.iter().any(|(kind, _)| *kind == EnvironmentKind::Prod);
        if !chosen && !for_production {
            let files: Vec<usize> = base().chain(local()).collect();
            groups.extend((!files.is_empty()).then_some(Group { files, environment: None }));
        }
        for (kind, word) in words {
            let own = of_stem().filter(|(_, name)| name.environment == Some((kind, word)));
            let mut own: Vec<(bool, usize)> = own.map(|(at, name)| (name.local, at)).collect();
            own.sort_unstable();
            let own = own.into_iter().map(|(_, at)| at).collect::<Vec<_>>();
            let environment = own.first().map(|at| (kind, *at));
            groups.push(Group { files: base().chain(own).chain(local()).collect(), environment });
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layered(names: &[&str], active: &[&str]) -> Vec<(Vec<String>, Option<EnvironmentKind>)> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let active: Vec<String> = active.iter().map(|name| (*name).to_owned()).collect();
        let shown = |group: Group| {
            let files = group.files.iter().map(|at| names[*at].clone()).collect();
            (files, group.environment.map(|(kind, _)| kind))
        };
        groups(&names, &active).into_iter().map(shown).collect()
    }

    fn files(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_local_file_lies_over_its_base() {
        assert_eq!(
            layered(&["/app/config.local.yaml", "/app/config.yaml", "/app/settings.yml"], &[]),
            [(files(&["/app/config.yaml", "/app/config.local.yaml"]), None), (files(&["/app/settings.yml"]), None)]
        );
    }

    #[test]
    fn a_layer_for_production_is_what_runs_there() {
        assert_eq!(
            layered(&["application.yml", "application-prod.yml", "application-dev.yml"], &[]),
            [
                (files(&["application.yml", "application-prod.yml"]), Some(EnvironmentKind::Prod)),
                (files(&["application.yml", "application-dev.yml"]), Some(EnvironmentKind::Dev)),
            ]
        );
        assert_eq!(
            layered(&["application.yml", "application-dev.yml"], &[]),
            [
                (files(&["application.yml"]), None),
                (files(&["application.yml", "application-dev.yml"]), Some(EnvironmentKind::Dev)),
            ]
        );
        assert_eq!(
            layered(&["application.yml", "application-prod.yml", "application-dev.yml"], &["dev"]),
            [(files(&["application.yml", "application-dev.yml"]), Some(EnvironmentKind::Dev))]
        );
    }

    #[test]
    fn names_that_say_nothing_stand_alone() {
        assert_eq!(
            layered(&["config.yaml", "config.staging.yaml", "x/config.yaml", "config.json"], &[]),
            [
                (files(&["config.yaml"]), None),
                (files(&["config.staging.yaml"]), None),
                (files(&["x/config.yaml"]), None),
                (files(&["config.json"]), None)
            ]
        );
    }
}
