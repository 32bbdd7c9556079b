//! A directory in memory from which programs can be run.

use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::finding::Safety;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;

declare_rule! {
    pub ExecutableTmpfs: Service {
        severity: Info,
        since: "0.1.0",
        fix: Unsafe,
    }
}

impl ServiceRule for ExecutableTmpfs {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        for entry in service.items("tmpfs") {
            let Some(text) = entry.as_text() else { continue };
            let Some((path, options)) = text.as_str().split_once(':') else { continue };
            let mut start = path.len() + 1;
            for option in options.split(',') {
                let range = start..start + option.len();
                start = range.end + 1;
                let can = match option {
                    "exec" => "programs can be run from it",
                    "suid" => "programs in it can take the rights of their owner",
                    "dev" => "device files in it work",
                    _ => continue,
                };
                let slice = text.slice(range);
                let subject = format!("services.{}.tmpfs[{path}].{option}", service.name);
                let message = format!(
                    "`{option}` opens the directory in memory at `{path}` of `{}`: {can}, which helps whoever can write a \
                     file there",
                    service.name
                );
                let help = format!("remove `{option}`: without it Docker mounts with `no{option}`");
                let place = slice.source().map(|(place, _)| place);
                let title = format!("remove `{option}`");
                let fix = place.and_then(|place| cx.fix_by_removing_option(&title, Safety::Unsafe, option, place));
                cx.report(cx.violation(&slice, subject, message).help(help).fix(fix));
            }
        }
    }
}
