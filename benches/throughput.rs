//! What a check costs beside only reading and YAML-parsing the same bytes once, and whether it grows linearly.
//!
//! `cargo bench` makes stacks of its own; `STACKLINT_BENCH_DIR=DIR cargo bench` measures the Compose files below `DIR`: all
//! their stacks together, and stack by stack.
//! Everything runs on one thread, so that times are CPU times. Machines are noisy: look at ratios, not at times.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and stops where it cannot run")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use stacklint_engine::config::{Choice, Flags, Policies, Setup};
use stacklint_engine::discover::{discover, is_compose_name, is_env_name};
use stacklint_engine::run::{Explicit, Options, run};
use stacklint_engine::source::Sources;
use stacklint_engine::stack::{Stack, StackSpec};
use stacklint_engine::vfs::Vfs;
use stacklint_parsers::Format;

const RUNS: usize = 5;

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| match std::env::var_os("STACKLINT_BENCH_DIR") {
        Some(directory) => {
            let directory = Path::new(&directory);
            compare(&directory.to_string_lossy(), || on_disk(directory));
            compare_each_stack(directory);
        }
        None => synthetic(),
    });
    if let Some(peak) = peak_memory() {
        println!("peak memory of this process: {peak}");
    }
}

fn synthetic() {
    for stacks in [100, 1_000, 10_000] {
        let files = stacks_of(stacks);
        compare(&format!("{stacks} stacks"), || in_memory(&files));
    }
    for services in [100, 1_000, 10_000] {
        let files = vec![("compose.yaml".to_owned(), services_of(services))];
        compare(&format!("1 stack of {services} services"), || in_memory(&files));
    }
    for includes in [10, 100, 1_000] {
        let files = includes_of(includes);
        compare(&format!("1 stack of {includes} includes"), || in_memory(&files));
    }
    for layers in [10, 100, 1_000] {
        let files = layers_of(layers);
        compare(&format!("1 stack of {layers} layers"), || in_memory(&files));
    }
}

fn compare(what: &str, sources: impl Fn() -> Sources) {
    let read = best(|| {
        let sources = sources();
        let setup = options().setup;
        let policies = Policies::new(&setup, &sources);
        let plan = discover(&sources, &[PathBuf::from(".")], &Default::default(), &policies);
        black_box(plan);
        black_box(read_and_parse(&sources))
    });
    // Reading and parsing without discovery: the measure of the budget.
    let parse = best(|| black_box(read_and_parse(&sources())));
    let resolve = best(|| black_box(resolve(&sources())));
    let check = best(|| black_box(run(&sources(), &options()).findings.len()));
    let bytes = read_and_parse(&sources());
    let times = Times { parse, resolve, check, ..Times::default() };
    println!("{what}: {:.1} MB; discovery {read:.1?}, {times}", bytes as f64 / 1e6);
}

/// The same stack by stack: each by itself beside only the files that it reads. A file that several stacks share is then
/// read as often as it is judged.
fn compare_each_stack(directory: &Path) {
    let setup = options().setup;
    let sources = on_disk(directory);
    let plan = discover(&sources, &[PathBuf::from(".")], &Default::default(), &Policies::new(&setup, &sources));
    let specs: Vec<StackSpec> = plan.folders.into_iter().flat_map(|folder| folder.stacks).collect();
    let mut stacks: Vec<Times> = specs.iter().map(|spec| Times::of_stack(spec, directory, &sources)).collect();
    stacks.sort_by(|one, other| one.check_ratio().total_cmp(&other.check_ratio()));
    let share = |share: usize| stacks.get(stacks.len() * share / 10).map_or(0.0, Times::check_ratio);
    let (half, most) = (share(5), share(9));
    let sum = stacks.iter().fold(Times::default(), |sum, stack| sum.plus(stack));
    println!(
        "its {} stacks one by one, each beside its own files: {sum}; half of them within {half:.2} times, nine of ten \
         within {most:.2} times",
        stacks.len()
    );
    if let Some(largest) = stacks.iter().max_by_key(|stack| stack.files) {
        println!("the one of the most files, {} with {} services: {largest}", largest.files, largest.services);
    }
}

/// What one stack takes, or several.
#[derive(Clone, Copy, Default)]
struct Times {
    files: usize,
    services: usize,
    parse: Duration,
    resolve: Duration,
    check: Duration,
}

impl Times {
    fn of_stack(spec: &StackSpec, directory: &Path, sources: &Sources) -> Self {
        let stack = Stack::resolve(spec.clone(), sources);
        let read = stack.files.iter().chain(&stack.mounted).filter_map(|id| sources.file(*id));
        let files: Vec<(PathBuf, Format)> =
            read.map(|file| (file.path.clone(), file.format().unwrap_or(Format::Yaml))).collect();
        let parse = best(|| {
            let sources = on_disk(directory);
            for (path, format) in &files {
                if let Ok(file) = sources.open(path) {
                    black_box(file.parse(*format));
                }
            }
            sources
        });
        let resolve = best(|| {
            let sources = on_disk(directory);
            black_box(Stack::resolve(spec.clone(), &sources));
            sources
        });
        let env_files = spec.env_files.clone().unwrap_or_default();
        let explicit = Explicit { files: spec.files.clone(), env_files, directory: Some(spec.directory.clone()) };
        let options = Options { explicit: Some(explicit), ..options() };
        let check = best(|| black_box(run(&on_disk(directory), &options).findings.len()));
        Self { files: files.len(), services: stack.services().count(), parse, resolve, check }
    }

    fn check_ratio(&self) -> f64 {
        self.check.as_secs_f64() / self.parse.as_secs_f64()
    }

    fn plus(self, other: &Self) -> Self {
        Self {
            files: self.files + other.files,
            services: self.services + other.services,
            parse: self.parse + other.parse,
            resolve: self.resolve + other.resolve,
            check: self.check + other.check,
        }
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { parse, resolve, check, .. } = self;
        let ratio = resolve.as_secs_f64() / parse.as_secs_f64();
        write!(
            formatter,
            "read and parse {parse:.1?}, resolve {resolve:.1?}: {ratio:.2} times, check {check:.1?}: {:.2} times",
            self.check_ratio()
        )
    }
}

fn best<T>(mut run: impl FnMut() -> T) -> Duration {
    let time = |_| {
        let start = Instant::now();
        black_box(run());
        start.elapsed()
    };
    (0..RUNS).map(time).min().unwrap()
}

/// What `stacklint check` runs with, if nobody says anything: it reports to people.
fn options() -> Options {
    let setup = Setup::new(stacklint_rules::all(), Choice::Nearest, Flags::default()).unwrap();
    Options { fingerprints: false, ..Options::new(setup) }
}

/// Finds and resolves every stack. Returns how many files they have.
fn resolve(sources: &Sources) -> usize {
    let setup = options().setup;
    let plan = discover(sources, &[PathBuf::from(".")], &Default::default(), &Policies::new(&setup, sources));
    let specs = plan.folders.into_iter().flat_map(|folder| folder.stacks);
    specs.map(|spec| black_box(Stack::resolve(spec, sources)).files.len()).sum()
}

/// Reads and parses every file that a run may read, once. Returns the number of bytes.
fn read_and_parse(sources: &Sources) -> usize {
    let mut pending = vec![sources.vfs().root().to_owned()];
    let mut bytes = 0;
    while let Some(directory) = pending.pop() {
        for entry in &*sources.vfs().list(&directory).unwrap_or_default() {
            let path = directory.join(&entry.name);
            let name = entry.name.to_string_lossy();
            if entry.directory && name != ".git" {
                pending.push(path);
            } else if is_compose_name(&name) || is_env_name(&name) || name.ends_with(".yaml") {
                let format = if is_env_name(&name) { Format::Dotenv } else { Format::Yaml };
                let Ok(file) = sources.open(&path) else { continue };
                bytes += file.text.len();
                black_box(file.parse(format));
                file.release();
            }
        }
    }
    bytes
}

fn on_disk(directory: &Path) -> Sources {
    Sources::new(Vfs::on_disk(directory).unwrap())
}

fn in_memory(files: &[(String, String)]) -> Sources {
    Sources::new(Vfs::in_memory(files.iter().map(|(name, text)| (name.as_str(), text.as_bytes()))))
}

fn service(index: usize) -> String {
    format!(
        "  service{index}:
    image: \"registry.example.com/team/service{index}:1.{index}\"
    restart: unless-stopped
    environment:
      POSTGRES_USER: app{index}
      POSTGRES_PASSWORD: ${{DB_PASSWORD:?set it}}
      DATABASE_URL: postgres://app{index}:${{DB_PASSWORD}}@db:5432/app
      LOG_LEVEL: ${{LOG_LEVEL:-info}}
      FEATURE_FLAGS: \"a,b,c\"
    ports:
      - \"127.0.0.1:{}:8080\"
      - \"{}:5432\"
    volumes:
      - ./data{index}:/var/lib/data
      - shared:/shared:ro
    healthcheck:
      test: [\"CMD\", \"curl\", \"-f\", \"http://localhost:8080/health\"]
      interval: 30s
      timeout: 5s
      retries: 3
    labels:
      traefik.enable: \"true\"
      com.example.index: \"{index}\"
    depends_on: []
",
        10_000 + index % 20_000,
        30_000 + index % 20_000,
    )
}

fn services_of(count: usize) -> String {
    let mut text = "services:\n".to_owned();
    (0..count).for_each(|index| text.push_str(&service(index)));
    text.push_str("volumes:\n  shared:\n");
    text
}

fn stacks_of(count: usize) -> Vec<(String, String)> {
    (0..count)
        .flat_map(|index| {
            let directory = format!("d{}/s{index}", index % 100);
            let env = format!("DB_PASSWORD=x9Kq{index}Lw2Vb7\nLOG_LEVEL=debug\n");
            [(format!("{directory}/compose.yaml"), services_of(4)), (format!("{directory}/.env"), env)]
        })
        .collect()
}

/// One stack whose layers each bring a service and change one of the first.
fn layers_of(count: usize) -> Vec<(String, String)> {
    let mut names = String::from("COMPOSE_FILE=compose.yaml");
    let mut files = vec![("compose.yaml".to_owned(), services_of(4))];
    for index in 4..count + 4 {
        let _ = write!(names, ":layer{index}.yaml");
        let text = format!("services:\n{}  service0:\n    labels: {{layer{index}: \"{index}\"}}\n", service(index));
        files.push((format!("layer{index}.yaml"), text));
    }
    files.push((".env".to_owned(), format!("{names}\nDB_PASSWORD=x9KqLw2Vb7\n")));
    files
}

fn includes_of(count: usize) -> Vec<(String, String)> {
    let mut main = "include:\n".to_owned();
    let mut files = Vec::new();
    for index in 0..count {
        let _ = writeln!(main, "  - part{index}/part.yaml");
        files.push((format!("part{index}/part.yaml"), format!("services:\n{}", service(index))));
    }
    files.push(("compose.yaml".to_owned(), main));
    files
}

/// The most memory this process ever had, as the system tells it; nothing where it does not.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.trim_start_matches("VmHWM:").trim().to_owned())
}
