//! `resolve`: the model, its origins, and what Docker Compose would say.

use serde_json::Value;

use crate::support::{Directory, stack};

#[test]
fn resolve_shows_the_model_and_where_its_values_come_from() {
    let directory = stack();
    let answer = directory.run("resolve --format json");
    assert_eq!(answer.code, 0, "{}", answer.err);
    let resolved = answer.json();
    assert_eq!(resolved["stack"], ".");
    assert_eq!(resolved["files"], serde_json::json!(["compose.yaml", "compose.override.yaml"]));
    assert_eq!(resolved["env_files"], serde_json::json!([".env", "db.env"]));
    let service = &resolved["model"]["services"]["db"];
    assert_eq!(service["image"], "postgres:18");
    assert_eq!(service["environment"]["POSTGRES_USER"], "app");
    assert_eq!(resolved["model"]["services"].as_object().unwrap().len(), 1, "an inactive profile stays out");
    let trail = |pointer: &str| {
        let steps = resolved["origins"][pointer].as_array().unwrap().iter();
        let place = |location: &Value| format!("{}:{}", location["path"].as_str().unwrap(), location["start"]["line"]);
        steps.map(|step| format!("{} {}", step["role"].as_str().unwrap(), place(&step["location"]))).collect::<Vec<_>>()
    };
    assert_eq!(trail("/services/db/environment/POSTGRES_PASSWORD"), ["written .env:1", "interpolated compose.yaml:10"]);
    assert_eq!(trail("/services/db/environment/POSTGRES_USER"), ["written db.env:1", "from_env_file compose.yaml:8"]);
    assert_eq!(trail("/services/db/image"), ["written compose.override.yaml:3", "overrides compose.override.yaml:3"]);
    assert_eq!(resolved["origins"]["/services/db/image"][1]["lost"]["path"], "compose.yaml");
    assert_eq!(resolved["warnings"][0]["location"]["start"]["line"], 12);
    assert_eq!(resolved["errors"], serde_json::json!([]));

    let text = directory.run("resolve --profile *");
    assert!(text.out.contains(
        "services.db.image = postgres:18  # compose.override.yaml:3, overrides postgres:${PG_VERSION:-17} in compose.yaml:6\n"
    ));
    assert!(text.out.contains("services.idle.image = busybox"), "{}", text.out);
    assert!(text.err.starts_with("warning: the variable `NOWHERE` is not set"), "{}", text.err);
    let yaml = directory.run("resolve --format yaml");
    assert!(yaml.out.starts_with("name: demo\nservices:\n  db:\n"), "{}", yaml.out);
    let described = directory.run("resolve --format json -f compose.yaml --env PG_VERSION=16 --env-file db.env").json();
    assert_eq!(described["model"]["services"]["db"]["image"], "postgres:16");
}

#[test]
fn resolve_says_by_its_exit_code_what_docker_compose_would_do() {
    let refused = Directory::with(&[("compose.yaml", "services:\n  db:\n    image: a\n    env_file: gone.env\n")]);
    let answer = refused.run("resolve --format json");
    assert_eq!(answer.code, 1);
    let resolved = answer.json();
    assert_eq!(resolved["errors"][0]["location"]["start"]["line"], 4);
    assert_eq!(resolved["model"]["services"]["db"]["image"], "a", "what can be resolved is there");
    let text = refused.run("resolve -q");
    assert!(text.code == 1 && text.err.starts_with("error: ") && text.err.contains("compose.yaml:4"), "{}", text.err);
    let empty = Directory::with(&[]);
    let answer = empty.run("resolve");
    assert!(answer.code == 3 && answer.err.starts_with("error[no-stack]: "), "{}", answer.err);
}

#[test]
fn a_trail_goes_from_where_it_is_written_to_the_layer_that_wins() {
    let directory = Directory::with(&[
        (
            "compose.yaml",
            "x-base: &base {environment: {A: \"${A}\"}}\nservices:\n  a:\n    <<: *base\n    image: a\n  b: {extends: a}\n",
        ),
        (".env", "COMPOSE_PROJECT_NAME=named\nA=1\n"),
    ]);
    let text = directory.run("resolve").out;
    assert!(text.starts_with("name = named  # .env:1\n"), "{text}");
    let expected = "services.b.environment.A = \"1\"  # .env:2, used in compose.yaml:1, merged in compose.yaml:4, extended in compose.yaml:6\n";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("\n\nx-base.environment.A"), "{text}");
}

/// What Docker Compose adds because of another attribute comes from that attribute, and printed nothings shift no trail.
#[test]
fn implied_dependencies_come_from_what_implies_them() {
    let directory = Directory::with(&[
        (
            "compose.yaml",
            "services:\n  app:\n    image: a\n    depends_on: [cache]\n    links:\n      - cache\n      - db:database\n  \
             db: {image: b}\n  cache: {image: c}\nnetworks:\n  default:\n    ipam:\n      config:\n        - subnet: 10.0.0.0/24\n",
        ),
        (
            "compose.override.yaml",
            "networks:\n  default:\n    ipam:\n      config:\n        -\n        - subnet: 10.0.1.0/24\n",
        ),
    ]);
    let resolved = directory.run("resolve --format json").json();
    assert_eq!(resolved["errors"], serde_json::json!([]));
    let lines = |pointer: &str| {
        let steps = resolved["origins"][pointer].as_array();
        let line = |step: &Value| step["location"]["start"]["line"].as_u64().unwrap();
        steps.map(|steps| steps.iter().map(line).collect::<Vec<_>>()).unwrap_or_default()
    };
    for key in ["condition", "required", "restart"] {
        assert_eq!(lines(&format!("/services/app/depends_on/db/{key}")), [7], "{key}");
    }
    assert_eq!(lines("/services/app/depends_on/cache/condition"), [4]);
    let pools = &resolved["model"]["networks"]["default"]["ipam"]["config"];
    assert_eq!(*pools, serde_json::json!([null, {"subnet": "10.0.1.0/24"}]));
    assert_eq!(lines("/networks/default/ipam/config/1/subnet"), [6]);
}
