//! What Docker Compose fills in once the layers of a project are one: build contexts, and the values of variables that
//! are only named.

use crate::origin::{OriginId, Role};
use crate::stack::load::Loader;
use crate::stack::value::{Data, Field, Mapping, Scalar, ScalarKind, Value};
use crate::stack::variables::Variables;
use crate::text::Text;

/// Fills in. An included project is completed with its own variables, before it becomes a part of another.
pub(crate) fn complete(loader: &mut Loader<'_>, model: &mut Value, variables: &Variables) {
    let Some(services) = mapping_at(model, "services") else { return };
    for field in services.values_mut() {
        if let Some(environment) = mapping_at(&mut field.value, "environment") {
            inherit(loader, environment, variables);
        }
        for dependency in mapping_at(&mut field.value, "depends_on").into_iter().flat_map(Mapping::values_mut) {
            let place = dependency.value.place;
            if let Data::Mapping(options) = &mut dependency.value.data {
                options.entry("required".into()).or_insert_with(|| {
                    let text = Text::derived("true", place, OriginId::WRITTEN);
                    let data = Data::Scalar(Scalar::new(text, ScalarKind::Bool));
                    Field::new(None, Value::new(data, place, OriginId::WRITTEN))
                });
            }
        }
        if let Data::Mapping(service) = &mut field.value.data
            && let Some(build) = service.get_mut("build")
        {
            let place = build.value.place;
            if let Data::Mapping(build) = &mut build.value.data {
                build.entry("context".into()).or_insert_with(|| {
                    let text = Text::derived(".", place, OriginId::WRITTEN);
                    let data = Data::Scalar(Scalar::new(text, ScalarKind::String));
                    Field::new(None, Value::new(data, place, OriginId::WRITTEN))
                });
            }
        }
    }
}

/// Gives build arguments without a value that of the stack's variable, also in what an included project brought.
pub(crate) fn arguments(loader: &mut Loader<'_>, model: &mut Value, variables: &Variables) {
    for field in mapping_at(model, "services").into_iter().flat_map(Mapping::values_mut) {
        if let Data::Mapping(service) = &mut field.value.data
            && let Some(build) = service.get_mut("build")
            && let Some(arguments) = mapping_at(&mut build.value, "args")
        {
            inherit(loader, arguments, variables);
        }
    }
}

fn mapping_at<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Mapping> {
    let Data::Mapping(fields) = &mut value.data else { return None };
    match &mut fields.get_mut(key)?.value.data {
        Data::Mapping(mapping) => Some(mapping),
        _ => None,
    }
}

/// Gives keys without a value that of the variable of the same name.
fn inherit(loader: &mut Loader<'_>, mapping: &mut Mapping, variables: &Variables) {
    for (key, field) in mapping {
        if field.value.is_null()
            && let Some(variable) = variables.get(key)
        {
            let scalar = Scalar::new(variable.text.clone(), ScalarKind::String);
            let mut value = Value::new(Data::Scalar(scalar), variable.place, field.value.origin);
            value.travel(&mut loader.origins, Role::Interpolated, field.key);
            field.value = value;
        }
    }
}
