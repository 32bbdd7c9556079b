//! Requests for devices: `gpus` and the devices that `deploy` reserves.

use super::{Shaper, implied, text_value};
use crate::stack::value::{Data, Field, Mapping, Scalar, ScalarKind, Value};
use crate::text::Text;

impl Shaper<'_> {
    /// `all` to a request for all devices; a request that says neither how many nor which is for all as well.
    pub(super) fn gpus(&mut self, value: Value) -> Data {
        match value.data {
            Data::Scalar(_) if value.as_str() == Some("all") => {
                let count = Field::new(None, text_value(value.as_text().cloned().unwrap_or_default(), &value));
                let request = Mapping::from_iter([("count".into(), count)]);
                Data::Sequence(vec![value.with(Data::Mapping(request))])
            }
            Data::Sequence(mut requests) => {
                for request in &mut requests {
                    let all = implied("all", ScalarKind::String, request);
                    if let Data::Mapping(fields) = &mut request.data
                        && !fields.contains_key("device_ids")
                    {
                        fields.entry("count".into()).or_insert_with(|| Field::new(None, all));
                    }
                }
                Data::Sequence(requests)
            }
            data => data,
        }
    }

    /// `all` is -1; a number may be a string.
    pub(super) fn device_count(&mut self, value: Value) -> Data {
        let Some(text) = value.as_text() else { return value.data };
        if text.as_str() == "all" {
            let all = Text::derived("-1", value.place, value.origin);
            return Data::Scalar(Scalar::new(all, ScalarKind::Int));
        }
        let fraction = matches!(&value.data, Data::Scalar(scalar) if scalar.kind == ScalarKind::Float);
        if (fraction || text.as_str().parse::<i64>().is_err()) && !text.is_unknown() {
            self.refuse(&value, "must be `all` or a number of devices");
            return value.data;
        }
        Data::Scalar(Scalar::new(text.clone(), ScalarKind::Int))
    }
}
