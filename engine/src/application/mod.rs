//! Applications: the settings that one program will really see, whatever its files and variables call them.
//!
//! A program reads its configuration files (`config.yaml`, and `config.local.yaml` over it) and its environment, which
//! wins over both: that is what viper, Spring Boot, pydantic-settings and ASP.NET Core do, but no file says that the
//! program at hand does, so what hangs on it is less sure. Sources: viper's README (order of precedence), Spring Boot's
//! reference (externalized configuration), pydantic-settings (field value priority), ASP.NET Core (configuration
//! providers).

mod configuration;
mod layers;
mod load;
mod names;
mod overridden;
mod setting;
mod tree;

pub use configuration::Configuration;
pub(crate) use configuration::Layer;
pub(crate) use load::{REPEAT_BUDGET, of_files, of_stack};
pub use names::{endings, folded, known};
pub use overridden::Overridden;
pub use setting::{Item, Setting, Truth};

use crate::map::HashMap;
use crate::origin::OriginId;
use crate::secrets;
use crate::stack::value::{Field, Key, Value};
use crate::stack::{Environment, Service, Stack};

/// What a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// A configuration file.
    File,
    /// A variable of the environment.
    Environment,
    /// A label of the container, which a proxy reads.
    Label,
    /// A template beside the configuration file.
    Template,
    /// A comment in the configuration file.
    Comment,
}

/// The settings that one program sees.
#[derive(Debug)]
pub struct Application<'a> {
    service: Option<Service<'a>>,
    configuration: Option<&'a Configuration>,
    settings: Vec<Setting<'a>>,
    /// Those of other configuration files of the same container.
    others: Vec<Setting<'a>>,
}

impl<'a> Application<'a> {
    /// The applications of a stack: of each service one for each of its configurations, or one of its environment.
    #[must_use]
    pub fn of_stack(stack: &'a Stack) -> Vec<Self> {
        let mut applications = Vec::new();
        let mut by_service: HashMap<&str, Vec<&Configuration>> = HashMap::default();
        for configuration in &stack.configurations {
            by_service.entry(configuration.service.as_deref().unwrap_or_default()).or_default().push(configuration);
        }
        for service in stack.services() {
            let own = by_service.remove(service.name).unwrap_or_default();
            if own.is_empty() {
                let application = Self::of_service(service, None, &[]);
                applications.extend((!application.settings.is_empty()).then_some(application));
            }
            applications.extend(own.iter().map(|one| Self::of_service(service, Some(one), &own)));
        }
        applications
    }

    fn of_service(service: Service<'a>, configuration: Option<&'a Configuration>, all: &[&'a Configuration]) -> Self {
        let mut settings: Vec<Setting<'a>> =
            configuration.into_iter().flat_map(|one| Setting::of_configuration(one, Some(service.name))).collect();
        for (name, field) in service.value().get("environment").into_iter().flat_map(Value::fields) {
            let is_taken =
                configuration.is_some_and(|one| one.settings.iter().any(|setting| setting.is_decided_by(name)));
            if let Some(id) = known(name).filter(|_| !is_taken) {
                let subject = format!("services.{}.environment.{name}", service.name);
                settings.push(Setting::new(id, name, field, From::Environment, subject));
            }
        }
        for (name, field) in service.value().get("labels").into_iter().flat_map(Value::fields) {
            // What proxies read from labels are headers they add: no program's mode.
            if let Some(id) = known(name).filter(|id| matches!(*id, "allowed-origins" | "cors-credentials")) {
                let subject = format!("services.{}.labels.{name}", service.name);
                settings.push(Setting::new(id, name, field, From::Label, subject));
            }
        }
        let others = all.iter().filter(|one| configuration.is_none_or(|own| !std::ptr::eq(own, **one)));
        let others = others.flat_map(|one| Setting::of_configuration(one, Some(service.name))).collect();
        Self { service: Some(service), configuration, settings, others }
    }

    /// An application of files that no stack has.
    #[must_use]
    pub fn of_configuration(configuration: &'a Configuration) -> Self {
        let settings = Setting::of_configuration(configuration, None).collect();
        Self { service: None, configuration: Some(configuration), settings, others: Vec::new() }
    }

    /// The application of an env file that no stack reads.
    #[must_use]
    pub fn of_variables(file: &str, variables: &'a [(Key, Field)]) -> Self {
        let known = variables.iter().filter_map(|(name, field)| Some((known(name)?, name, field)));
        let settings =
            known.map(|(id, name, field)| Setting::new(id, name, field, From::Environment, format!("{file}:{name}")));
        Self { service: None, configuration: None, settings: settings.collect(), others: Vec::new() }
    }

    /// The service whose container it runs in; none for files that no stack has.
    #[must_use]
    pub fn service(&self) -> Option<Service<'a>> {
        self.service
    }

    /// The settings that rules know.
    #[must_use]
    pub fn settings(&self) -> &[Setting<'a>] {
        &self.settings
    }

    /// The settings of one id.
    pub fn all<'b>(&'b self, id: &'b str) -> impl Iterator<Item = &'b Setting<'a>> {
        self.settings.iter().filter(move |setting| setting.id == id)
    }

    /// The settings of other configuration files in the same container: a variable goes with them as well.
    #[must_use]
    pub fn others(&self) -> &[Setting<'a>] {
        &self.others
    }

    /// The settings of its configuration files that variables of its environment take the place of.
    pub fn overridden(&self) -> impl Iterator<Item = Overridden<'a>> + use<'a> {
        let service = self.service;
        let configuration = self.configuration.zip(service);
        configuration.into_iter().flat_map(|(configuration, service)| Overridden::of(configuration, service.name))
    }

    /// What the name of a configuration file says it is for.
    #[must_use]
    pub fn environment(&self) -> Option<&'a Environment> {
        self.configuration.and_then(|configuration| configuration.environment.as_ref())
    }

    /// The configuration files over each other; none if the program has its environment only.
    #[must_use]
    pub fn tree(&self) -> Option<&'a Value> {
        self.configuration.map(|configuration| &configuration.tree)
    }

    /// The configuration file that says most, as reports name it.
    #[must_use]
    pub fn file(&self) -> Option<&'a str> {
        self.configuration.and_then(|configuration| configuration.layers.first()).map(|layer| layer.name.as_str())
    }

    /// Where a setting that the configuration lacks is shown all the same: in the template beside it, or in a comment.
    #[must_use]
    pub fn shown(&self, id: &str) -> Option<From> {
        let shown = &self.configuration?.shown;
        shown.iter().find(|(known, _)| *known == id).map(|(_, from)| *from)
    }
}

/// Whether a text is a reference to a value that stands elsewhere, so that nothing can be said of it.
#[must_use]
pub fn is_reference(text: &str) -> bool {
    secrets::is_reference(text)
}

/// The values of a configuration file that is a template, by their paths.
pub(crate) fn values_of(file: &crate::source::SourceFile) -> HashMap<Box<str>, String> {
    let read = tree::read(file, &mut crate::origin::Origins::default(), &mut Vec::new());
    let mut values = std::collections::HashMap::default();
    for document in &read.documents {
        configuration::each_leaf(document, &mut String::new(), 0, &mut |path, field| {
            values.extend(field.value.as_str().map(|text| (path.into(), text.to_owned())));
        });
    }
    values
}

/// The entries of an env file as variables of an environment.
pub(crate) fn variables_of(file: &crate::source::SourceFile) -> Vec<(Key, Field)> {
    use crate::stack::value::{Data, Mapping, Scalar, ScalarKind};
    let parsed = file.parse(stacklint_parsers::Format::Dotenv);
    let Some(dotenv) = parsed.as_dotenv() else { return Vec::new() };
    let field = |entry: &stacklint_parsers::dotenv::Entry| {
        let node = entry.value?;
        let span = |node| crate::origin::Span { file: file.id, range: dotenv.document.node(node).range };
        let text = crate::text::Text::from_scalar(&dotenv.document, file.id, node);
        let data = Data::Scalar(Scalar::new(text, ScalarKind::String));
        let value = Value::new(data, Some(span(node)), OriginId::WRITTEN);
        Some(((*entry.name).into(), Field::new(Some(span(entry.key)), value)))
    };
    // The last of two equal names wins.
    let fields: Mapping = dotenv.entries.iter().filter_map(field).collect();
    fields.into_iter().collect()
}
