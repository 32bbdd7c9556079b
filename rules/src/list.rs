//! The machinery behind the list of rules.

/// Makes modules, ids and `RULES` of `family: file, file; family: ...`.
///
/// A file is `<family>/<file>.rs`, in which `declare_rule!` stands; its page is `<family>/<file>.md`, and its id is the
/// name of the file in kebab-case.
macro_rules! rules {
    ($($family:ident: $($rule:ident),+ $(,)?;)+) => {
        $(mod $family {
            $(pub(crate) mod $rule;)+
        })+

        static RULES: &[stacklint_engine::rule::Rule] = &[$($(stacklint_engine::rule::Rule {
            id: {
                const NAME: &str = stringify!($rule);
                const KEBAB: [u8; NAME.len()] = $crate::list::kebab_case(NAME);
                match std::str::from_utf8(&KEBAB) {
                    Ok(id) => id,
                    Err(_) => NAME,
                }
            },
            family: stringify!($family),
            page: include_str!(concat!(stringify!($family), "/", stringify!($rule), ".md")),
            declaration: $family::$rule::DECLARATION,
            check: $family::$rule::CHECK,
        }),+),+];
    };
}

pub(crate) use rules;

/// `snake_case` to `kebab-case`, of `N` bytes.
pub(crate) const fn kebab_case<const N: usize>(name: &str) -> [u8; N] {
    let mut kebab = [0; N];
    let mut rest = name.as_bytes();
    let mut at = 0;
    while let [first, others @ ..] = rest {
        if at < N {
            kebab[at] = if *first == b'_' { b'-' } else { *first };
        }
        at += 1;
        rest = others;
    }
    kebab
}
