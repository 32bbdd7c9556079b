//! A container that can speak to the program that starts containers.

use stacklint_engine::anchor::Anchor;
use stacklint_engine::check::Context;
use stacklint_engine::declare_rule;
use stacklint_engine::rule::ServiceRule;
use stacklint_engine::stack::Service;
use stacklint_engine::stack::container::ContainerFiles;

declare_rule! {
    pub DockerSocketMount: Service {
        severity: High,
        since: "0.1.0",
        maps: ["cis-docker:5.32", "owasp-docker:1"],
    }
}

/// Names of the sockets by which Docker, Podman, containerd and CRI-O take orders, and Docker's named pipe on Windows.
/// Source: each project's documentation of its default address, 2026-11.
const SOCKETS: [&str; 8] = [
    "docker.sock",
    "docker.raw.sock",
    "docker-cli.sock",
    "podman.sock",
    "containerd.sock",
    "crio.sock",
    "cri-dockerd.sock",
    "docker_engine",
];

impl ServiceRule for DockerSocketMount {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        for mount in cx.container_files(service).into_iter().flat_map(ContainerFiles::mounts) {
            let source = mount.entry.text_at("source");
            let path = mount.host_path().map(|host| host.path);
            let path = path.as_deref().or(source.map(|source| source.as_str())).unwrap_or_default();
            let Some(name) = path.rsplit(['/', '\\']).next().filter(|name| SOCKETS.contains(name)) else { continue };
            let anchor = mount.host_path().map_or(Anchor::from(mount.entry), |host| Anchor::from(&host));
            let read_only = if mount.is_read_only() { " (`ro` only keeps the file from being replaced)" } else { "" };
            report(service, anchor, &mount.target, &format!("has `{name}`{read_only}"), cx);
        }
        if let Some(flag) = service.value().get("use_api_socket")
            && service.is_true("use_api_socket")
        {
            report(service, Anchor::from(flag), "use_api_socket", "gets the API socket and the logins of Docker", cx);
        }
    }
}

fn report(service: &Service<'_>, anchor: Anchor, at: &str, has: &str, cx: &mut Context<'_>) {
    let subject = match at {
        "use_api_socket" => format!("services.{}.use_api_socket", service.name),
        target => format!("services.{}.volumes[{target}]", service.name),
    };
    let message = format!(
        "`{}` {has}: whoever takes it over starts a container with the host's disks, and has the host",
        service.name
    );
    let help = if service.image_name().is_some_and(|image| image.ends_with("socket-proxy")) {
        "this is what a socket proxy is for: keep it on an internal network, without `ports`, allow only the calls that are \
         needed, and accept this finding with the reason"
    } else {
        "remove it; if the service must watch or steer containers, put a socket proxy that allows only the calls it needs \
         between them, and give the socket to that alone"
    };
    cx.report(cx.violation(anchor, subject, message).help(help));
}
