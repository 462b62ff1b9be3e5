use super::cluster::{Cluster, PortTarget};
use super::discover;
use super::workloads::{Loopback, Runs};
use crate::base::{Entry, RepoPath, Tracking};
use crate::facts::{Repository, extract};
use crate::model::{Mode, Pairing, Value, Wiring};

/// The wiring of some files, with nothing discovered in them.
pub(super) fn wiring(files: &[(&str, &str)]) -> Wiring {
    let mut facts: Vec<_> = files
        .iter()
        .map(|(path, text)| {
            let path = RepoPath::new(path).expect("inside");
            extract(&Entry::classify(path, text.len() as u64, Tracking::Tracked), text)
        })
        .collect();
    facts.sort_by(|a, b| a.path.cmp(&b.path));
    let paths = facts.iter().map(|facts| facts.path.clone()).collect();
    let repository = Repository { files: facts.into_iter().map(Into::into).collect(), paths, ..Repository::default() };
    Wiring { repository, ..Wiring::default() }
}

/// The clusters of some files, and the bounds that were reached.
fn clusters(files: &[(&str, &str)]) -> (Vec<Cluster>, Vec<String>) {
    let mut wiring = wiring(files);
    let found = discover(&mut wiring).into_iter().map(|found| found.cluster).collect();
    (found, wiring.limits.all().into_iter().map(|(_, limit)| limit.to_string()).collect())
}

/// The one cluster of some files.
fn cluster(files: &[(&str, &str)]) -> Cluster {
    let (mut found, _) = clusters(files);
    assert_eq!(found.len(), 1, "one set");
    found.remove(0)
}

const APP: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  template:
    metadata:
      labels: { app: api }
    spec:
      containers:
        - name: api
          image: team/api
          command: [uvicorn, 'main:app', --port, '8000']
          ports:
            - containerPort: 8000
              name: http
            - containerPort: 9000
---
apiVersion: v1
kind: Service
metadata:
  name: api
spec:
  selector: { app: api }
  ports:
    - port: 80
      targetPort: 8000
    - port: 81
      targetPort: 9000
";
const BASE: (&str, &str) = ("k/base/kustomization.yaml", "resources: [app.yaml]\n");
const BASE_APP: (&str, &str) = ("k/base/app.yaml", APP);

/// The base with an overlay, and a patch of it.
fn overlaid(kustomization: &str, patch: &str) -> Cluster {
    let kustomization = format!("resources: [../base]\n{kustomization}");
    cluster(&[BASE, BASE_APP, ("k/prod/kustomization.yaml", &kustomization), ("k/prod/patch.yaml", patch)])
}

fn targets(cluster: &Cluster) -> Vec<PortTarget> {
    cluster.services[0].ports.iter().map(|port| port.target.clone()).collect()
}

#[test]
fn patches_inside_of_a_kustomization_leave_open_what_they_touch() {
    let step = "      - op: replace\n        path: /spec/ports/0/targetPort\n        value: 8001\n";
    let steps = format!("patches:\n  - target: {{ kind: Service, name: a.* }}\n    patch: |\n{step}");
    assert_eq!(targets(&overlaid(&steps, "")), [PortTarget::Unknown, PortTarget::Number(9000)]);
    // another name
    let other = steps.replace("a.*", "b.*");
    assert_eq!(targets(&overlaid(&other, "")), [PortTarget::Number(8000), PortTarget::Number(9000)]);
    let part = "patches:\n  - patch: |\n      apiVersion: v1\n      kind: Service\n      metadata: { name: api }\n      spec: { ports: [{ port: 81, targetPort: 9 }] }\n";
    let found = overlaid(part, "");
    assert_eq!(targets(&found), [PortTarget::Number(8000), PortTarget::Unknown]);
    assert_eq!(found.set.pairing, Pairing::Stated);
}

#[test]
fn a_patch_that_is_not_read_leaves_everything_open() {
    assert_eq!(overlaid("patches:\n  - path: gone.yaml\n", "").set.pairing, Pairing::Ambiguous);
    let found = overlaid("patches:\n  - path: gone.yaml\n    target: { kind: Service }\n", "");
    assert!(targets(&found).is_empty() && !found.set.is_whole);
    assert_eq!(overlaid("replacements: []\n", "").set.pairing, Pairing::Ambiguous);
}

/// A route whose name is filled in later.
const NAMELESS: &str = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: '${NAME}', labels: { app: web } }\nspec: { rules: [{ host: a.test }] }\n";

#[test]
fn a_patch_may_be_for_a_route_whose_name_is_not_known() {
    let patched = |base: &str, patch: &str, more: &str| {
        let found = cluster(&[
            ("k8s/kustomization.yaml", &format!("resources: [route.yaml]\npatches: [{{ path: patch.yaml }}]\n{more}")),
            ("k8s/route.yaml", base),
            ("k8s/patch.yaml", patch),
        ]);
        let object = found.set.objects.first().expect("the route").clone();
        let rules = object.node.at(&["spec", "rules"]).expect("rules");
        let host = rules.items().first().and_then(|rule| rule.text_of("host")).map(|host| host.to_string());
        (object.name.to_string(), host.unwrap_or_else(|| "unknown".to_owned()))
    };
    let patch = NAMELESS.replace("a.test", "b.test");
    let named = |text: &str, name: &str| text.replace("'${NAME}'", name);
    let web = |host: &str| ("web".to_owned(), host.to_owned());
    assert_eq!(patched(&named(NAMELESS, "web"), &named(&patch, "web"), ""), web("b.test"));
    assert_eq!(patched(&named(NAMELESS, "web"), &named(&patch, "api"), ""), web("a.test"));
    assert_eq!(patched(&named(NAMELESS, "web"), &patch, ""), web("unknown"));
    let nameless = (String::new(), "unknown".to_owned());
    assert_eq!(patched(NAMELESS, &named(&patch, "web"), ""), nameless);
    assert_eq!(patched(NAMELESS, &patch, ""), nameless);
    // a name that is not known has nothing to be put in front of
    assert_eq!(patched(NAMELESS, &named(&patch, "x-"), "namePrefix: x-\n"), nameless);
}

#[test]
fn what_a_patch_lies_over_is_open_at_every_depth() {
    let step = "  - target: { kind: Deployment }\n    patch: |\n      - { op: replace, path: /spec, value: {} }\n";
    let part = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: api }\nspec: { template: { spec: { containers: [{ name: api, image: x }] }, metadata: { labels: { tier: back } } } }\n";
    let found = overlaid(&format!("patches:\n{step}  - path: patch.yaml\n"), part);
    let object = found.set.objects.iter().find(|object| object.is("Deployment")).expect("it is there");
    let at = |path: &[&str]| object.node.at(path).expect("it is there");
    assert!(at(&["spec"]).is_open() && at(&["spec", "template", "metadata", "labels"]).is_open());
    assert_eq!(at(&["spec", "template", "metadata", "labels"]).text_of("tier").map(|text| &**text), Some("back"));
    // others may be beside the one that is named
    assert!(at(&["spec", "template", "spec", "containers"]).unknown().is_some());
}

#[test]
fn a_patch_without_places_leaves_alone_what_it_does_not_name() {
    let patch = "patches:\n  - patch: |\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata: { name: api, labels: { team: a } }\n      spec: { template: { metadata: { labels: { tier: back } } } }\n";
    let app = APP.replace(
        "metadata:\n  name: api\nspec:\n  template",
        "metadata:\n  name: api\n  labels: { own: b }\nspec:\n  template",
    );
    let found =
        cluster(&[("k8s/kustomization.yaml", &format!("resources: [app.yaml]\n{patch}")), ("k8s/app.yaml", &app)]);
    let object = found.set.objects.iter().find(|object| object.is("Deployment")).expect("it is there");
    let own = object.node.at(&["metadata", "labels"]).expect("labels");
    assert_eq!(own.text_of("own").map(|text| &**text), Some("b"));
    assert!(own.get("team").is_some_and(|team| team.unknown().is_some()));
    let pods = object.node.at(&["spec", "template", "metadata", "labels"]).expect("labels");
    assert_eq!(pods.text_of("app").map(|text| &**text), Some("api"));
    let whole = found.workloads.first().expect("a workload");
    assert_eq!(whole.containers.len(), 1);
    // a map that is put in place of another one leaves nothing of it
    let replaced = patch.replace("{ tier: back }", "{ $patch: replace, tier: back }");
    let found =
        cluster(&[("k8s/kustomization.yaml", &format!("resources: [app.yaml]\n{replaced}")), ("k8s/app.yaml", &app)]);
    let object = found.set.objects.iter().find(|object| object.is("Deployment")).expect("it is there");
    assert!(
        object.node.at(&["spec", "template", "metadata", "labels"]).is_some_and(|labels| labels.unknown().is_some())
    );
}

#[test]
fn steps_with_pointers_leave_open_what_they_lead_to() {
    let paths = |paths: &[&str]| {
        let steps: String = paths.iter().map(|path| format!("      - {{ op: remove, path: '{path}' }}\n")).collect();
        let found = overlaid(&format!("patches:\n  - target: {{ kind: Service }}\n    patch: |\n{steps}"), "");
        let object = found.set.objects.iter().find(|object| object.is("Service")).expect("it is there").clone();
        let unknown = |path: &[&str]| object.node.at(path).is_some_and(|node| node.unknown().is_some());
        let ports = object.node.at(&["spec", "ports"]).map(|ports| {
            ports.items().iter().map(|port| port.get("port").is_some_and(|port| port.unknown().is_some())).collect()
        });
        (unknown(&["spec", "ports"]), ports.unwrap_or_default(), unknown(&["spec", "selector", "a/b"]))
    };
    assert_eq!(paths(&["/spec/ports/1/port", "/spec/selector/a~1b"]), (false, vec![false, true], true));
    assert_eq!(paths(&["/spec/ports/1/port", "/spec/ports/0/port"]), (false, vec![true, true], false));
    assert_eq!(paths(&["/spec/ports/1/port", "/spec/ports/0"]), (true, vec![], false));
    assert_eq!(paths(&["/spec/ports/-"]), (true, vec![], false));
    assert_eq!(paths(&["/spec/ports", "/spec/ports/0/port"]), (true, vec![], false));
}

#[test]
fn patches_join_ports_by_their_numbers() {
    let patch =
        "apiVersion: v1\nkind: Service\nmetadata: { name: api }\nspec: { ports: [{ port: 81, targetPort: 9001 }] }\n";
    let found = overlaid("patchesStrategicMerge: [patch.yaml]\n", patch);
    assert_eq!(targets(&found), [PortTarget::Number(8000), PortTarget::Number(9001)]);
    let patch = "kind: Deployment\napiVersion: apps/v1\nmetadata: { name: api }\nspec: { template: { spec: { containers: [{ name: api, ports: [{ containerPort: 9000, name: more }] }] } } }\n";
    let found = overlaid("patches: [{ path: patch.yaml }]\n", patch);
    let ports: Vec<_> =
        found.workloads[0].containers[0].ports.iter().map(|(name, port, _)| (name.as_deref(), *port)).collect();
    assert_eq!(ports, [(Some("http"), 8000), (Some("more"), 9000)]);
}

#[test]
fn the_patches_of_a_component_are_for_who_names_it() {
    let patch =
        "apiVersion: v1\nkind: Service\nmetadata: { name: api }\nspec: { ports: [{ port: 80, targetPort: 7000 }] }\n";
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{ path: patch.yaml }]\n";
    let found = cluster(&[
        BASE,
        BASE_APP,
        ("k/prod/kustomization.yaml", "resources: [../base]\ncomponents: [../tls]\n"),
        ("k/tls/kustomization.yaml", component),
        ("k/tls/patch.yaml", patch),
    ]);
    assert_eq!(targets(&found), [PortTarget::Number(7000), PortTarget::Number(9000)]);
}

#[test]
fn a_command_and_the_arguments_of_an_overlay_are_not_one_line_of_a_file() {
    let container = |what: &str| {
        format!(
            "kind: Deployment\napiVersion: apps/v1\nmetadata: {{ name: api }}\nspec: {{ template: {{ spec: {{ containers: [{{ name: api, {what} }}] }} }} }}\n"
        )
    };
    let runs = |what: &str| {
        overlaid("patches: [{ path: patch.yaml }]\n", &container(what)).workloads[0].containers[0].command.is_some()
    };
    assert!(runs("image: x"));
    assert!(runs("command: [uvicorn, 'other:app']"));
    assert!(!runs("args: [--port, '9000']"));
}

#[test]
fn generators_add_to_what_the_base_has_generated() {
    let base = "resources: [app.yaml]\nconfigMapGenerator:\n  - name: settings\n    literals: [A=1, B=2]\n";
    let app = APP.replace(
        "          ports:\n            - cont",
        "          envFrom: [{ configMapRef: { name: settings } }]\n          ports:\n            - cont",
    );
    let values = |behavior: &str| {
        let overlay = format!(
            "resources: [../base]\nconfigMapGenerator:\n  - name: settings\n    behavior: {behavior}\n    literals: [B=3]\n"
        );
        let found = cluster(&[
            ("k/base/kustomization.yaml", base),
            ("k/base/app.yaml", &app),
            ("k/prod/kustomization.yaml", &overlay),
        ]);
        let container = &found.workloads[0].containers[0];
        let known = container.environment.iter().map(|one| match &one.value {
            Value::Text(text) => format!("{}={}", one.name, text.as_known().unwrap_or_default()),
            _ => one.name.to_string(),
        });
        (known.collect::<Vec<_>>(), container.open_environment.is_some())
    };
    assert_eq!(values("merge"), (vec!["A=1".to_owned(), "B=3".to_owned()], false));
    assert_eq!(values("replace"), (vec!["B=3".to_owned()], false));
}

#[test]
fn kustomizations_that_name_one_another_many_times_end() {
    let mut files =
        vec![("k/l0-0/kustomization.yaml".to_owned(), "resources: [../l1-0, ../l1-1, ../l1-2, ../l1-3]\n".to_owned())];
    for level in 1..14 {
        for at in 0..4 {
            let next = level + 1;
            let text = format!("resources: [../l{next}-0, ../l{next}-1, ../l{next}-2, ../l{next}-3]\n");
            files.push((format!("k/l{level}-{at}/kustomization.yaml"), text));
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let (_, limits) = clusters(&files);
    assert!(limits.iter().any(|limit| limit.starts_with("12 kustomizations")), "{limits:?}");
    assert!(limits.iter().any(|limit| limit.starts_with("5000 kustomizations")), "{limits:?}");
}

#[test]
fn values_of_a_chart_that_are_put_in_whole_are_not_nothing() {
    let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: api\nspec:\n  selector:\n    app: api\n  ports:\n    {{- toYaml .Values.ports | nindent 4 }}\n";
    let found = cluster(&[
        ("chart/Chart.yaml", "apiVersion: v2\nname: x\n"),
        ("chart/values.yaml", "ports: []\n"),
        ("chart/templates/service.yaml", service),
    ]);
    assert_eq!(found.set.pairing, Pairing::Likely);
    assert!(found.services[0].open_ports);
}

#[test]
fn a_chart_inside_of_another_has_the_values_that_it_is_given() {
    let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: api\nspec:\n  ports:\n    - port: {{ .Values.port }}\n      targetPort: {{ .Values.global.target }}\n";
    let (found, _) = clusters(&[
        ("app/Chart.yaml", "apiVersion: v2\nname: app\ndependencies: [{ name: api, alias: back }]\n"),
        ("app/values.yaml", "global: { target: 8000 }\nback: { port: 81 }\n"),
        ("app/values-prod.yaml", "back: { port: 82 }\n"),
        ("app/charts/api/Chart.yaml", "apiVersion: v2\nname: api\n"),
        ("app/charts/api/values.yaml", "port: 80\n"),
        ("app/charts/api/templates/service.yaml", service),
    ]);
    let ports: Vec<_> = found.iter().map(|cluster| cluster.services[0].ports[0].port).collect();
    assert_eq!(ports, [Some(81), Some(82)]);
    assert!(found.iter().all(|cluster| targets(cluster) == [PortTarget::Number(8000)]));
}

#[test]
fn a_port_whose_number_is_not_known_leaves_the_ports_open() {
    let found = overlaid(
        "patches:\n  - target: { kind: Deployment }\n    patch: |\n      - op: replace\n        path: /spec/template/spec/containers/0/ports/1/containerPort\n        value: 1\n",
        "",
    );
    assert!(found.workloads[0].containers[0].open_ports);
    assert!(!overlaid("", "").workloads[0].containers[0].open_ports);
}

#[test]
fn placeholders_are_no_names() {
    for (written, target) in [
        ("http", PortTarget::Name("http".into())),
        ("8000", PortTarget::Number(8000)),
        ("${PORT}", PortTarget::Unknown),
        ("$(PORT)", PortTarget::Unknown),
        ("__PORT__", PortTarget::Unknown),
        ("<port>", PortTarget::Unknown),
        ("Http", PortTarget::Unknown),
        ("a-name-that-is-too-long", PortTarget::Unknown),
    ] {
        let app = APP.replace("targetPort: 8000", &format!("targetPort: {written:?}"));
        assert_eq!(targets(&cluster(&[("k8s/app.yaml", &app)]))[0], target, "{written}");
    }
    let named = APP.replace("name: api\nspec:\n  template", "name: ${APP}\nspec:\n  template");
    let found = cluster(&[("k8s/app.yaml", &named)]);
    assert!(found.workloads.is_empty() && !found.set.is_whole);
    // what is left of the name of an image says which one it is
    let image = APP.replace("team/api", "${REGISTRY}/team/api:${TAG}");
    assert!(cluster(&[("k8s/app.yaml", &image)]).set.is_whole);
}

#[test]
fn files_beside_a_kustomization_that_does_not_name_them_are_no_set() {
    let files = |listed: &str| {
        let kustomization = format!("resources: [{listed}]\n");
        let old = APP.replace("8000", "7000");
        clusters(&[("k8s/kustomization.yaml", &kustomization), ("k8s/app.yaml", APP), ("k8s/old.yaml", &old)]).0
    };
    let found = files("app.yaml");
    assert_eq!(found.len(), 1);
    assert_eq!((targets(&found[0])[0].clone(), found[0].set.pairing), (PortTarget::Number(8000), Pairing::Stated));
    // Flux has a kind of the same name, which names a folder
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: x }\nspec: { path: ./k8s }\n";
    assert_eq!(clusters(&[("k8s/kustomization.yaml", flux), ("k8s/app.yaml", APP)]).0[0].services.len(), 1);
}

#[test]
fn helpers_that_stay_are_containers_of_the_pod() {
    let with = |more: &str| {
        let app = APP.replace("    spec:\n      containers:", &format!("    spec:\n{more}      containers:"));
        cluster(&[("k8s/app.yaml", &app)])
    };
    let helper = |more: &str| {
        format!("      initContainers: [{{ name: proxy, image: envoy, command: [envoy, -c, a.yaml]{more} }}]\n")
    };
    let once = with(&helper(""));
    assert_eq!((once.workloads[0].containers.len(), once.workloads[0].loopback), (1, Loopback::Own));
    let stays = with(&helper(", restartPolicy: Always"));
    let names: Vec<&str> = stays.workloads[0].containers.iter().map(|one| &*one.name).collect();
    assert_eq!(names, ["api", "proxy"]);
    assert_eq!(stays.workloads[0].loopback, Loopback::Shared);
    assert!(stays.workloads[0].containers[1].command.is_some());
}

#[test]
fn pods_into_which_others_put_containers_have_open_ports() {
    let is_open = |pod: &str, namespace: &str| {
        let app = APP.replace("      labels: { app: api }", &format!("      labels: {{ app: api }}\n{pod}"));
        let found = cluster(&[("k8s/app.yaml", &format!("{app}---\n{namespace}"))]);
        let workload = &found.workloads[0];
        assert_eq!(workload.containers[0].open_ports, workload.loopback == Loopback::Shared);
        workload.containers[0].open_ports
    };
    let annotated = |key: &str, value: &str| format!("      annotations: {{ {key}: \"{value}\" }}\n");
    for (key, value) in [
        ("sidecar.istio.io/inject", "true"),
        ("linkerd.io/inject", "enabled"),
        ("vault.hashicorp.com/agent-inject", "true"),
        ("dapr.io/enabled", "true"),
        ("openservicemesh.io/sidecar-injection", "enabled"),
    ] {
        assert!(is_open(&annotated(key, value), ""), "{key}");
    }
    assert!(!is_open(&annotated("sidecar.istio.io/inject", "false"), ""));
    assert!(!is_open(&annotated("prometheus.io/scrape", "true"), ""));
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: { name: x, labels: { istio-injection: enabled } }\n";
    assert!(is_open("", namespace));
    assert!(!is_open(&annotated("sidecar.istio.io/inject", "false"), namespace));
}

#[test]
fn labels_that_kubernetes_gives_are_not_known() {
    let is_open = |label: &str| {
        let app = APP.replace("selector: { app: api }", &format!("selector: {{ app: api, {label}: x }}"));
        cluster(&[("k8s/app.yaml", &app)]).services[0].selector.as_ref().is_some_and(|selector| selector.is_open)
    };
    assert!(is_open("statefulset.kubernetes.io/pod-name") && is_open("pod-template-hash") && is_open("job-name"));
    assert!(!is_open("tier"));
}

#[test]
fn jobs_have_pods_that_end() {
    let job = "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: { name: clean }\nspec: { jobTemplate: { spec: { template: { metadata: { labels: { app: clean } }, spec: { containers: [{ name: a, image: b }] } } } } }\n";
    let found = cluster(&[("k8s/app.yaml", &format!("{APP}{job}"))]);
    assert_eq!(found.workloads[1].runs, Runs::ToItsEnd);
    assert_eq!(found.workloads[1].labels.get("app").map(|value| &**value), Some("clean"));
    assert!(found.set.is_whole);
    let prometheus = "---\napiVersion: monitoring.coreos.com/v1\nkind: KIND\nmetadata: { name: p }\nspec: {}\n";
    let is_whole =
        |kind: &str| cluster(&[("k8s/app.yaml", &format!("{APP}{}", prometheus.replace("KIND", kind)))]).set.is_whole;
    assert!(is_whole("ServiceMonitor") && !is_whole("Prometheus"));
}

#[test]
fn labels_of_a_kustomization_are_those_of_pods_and_selectors() {
    let found = overlaid("commonLabels: { tier: back }\nlabels: [{ pairs: { team: a } }]\n", "");
    let selected: Vec<&str> =
        found.services[0].selector.iter().flat_map(|selector| &selector.labels).map(|(name, _)| &**name).collect();
    assert_eq!(selected, ["app", "tier"]);
    assert_eq!(found.workloads[0].labels.keys().map(|name| &**name).collect::<Vec<_>>(), ["app", "tier"]);
}

/// The ports of a chart with one Service.
fn chart_ports(values: &str, port: &str) -> Vec<Option<u16>> {
    let service = format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: api\nspec:\n  ports:\n    - name: a\n      port: {port}\n"
    );
    let found = cluster(&[
        ("chart/Chart.yaml", "apiVersion: v2\nname: x\n"),
        ("chart/values.yaml", values),
        ("chart/templates/service.yaml", &service),
    ]);
    let ports = &found.services[0].ports;
    assert!(ports.iter().all(|port| port.place.span.start > 0), "they have a place");
    ports.iter().map(|port| port.port).collect()
}

#[test]
fn a_statement_inside_of_a_value_decides_its_text() {
    let port = "{{ if .Values.tls }}443{{ else }}80{{ end }}";
    assert_eq!(chart_ports("tls: true\n", port), [Some(443)]);
    assert_eq!(chart_ports("tls: false\n", port), [Some(80)]);
    assert_eq!(chart_ports("tls: \"false\"\n", port), [Some(443)]);
    assert_eq!(chart_ports("tls: true\n", &port.replace(".Values.tls", ".Release.IsUpgrade")), [None]);
    assert_eq!(chart_ports("tls: true\n", "80{{ if .Values.tls }}{{ .Values.more }}{{ end }}"), [None]);
    assert_eq!(chart_ports("more: 80\n", "80{{ if .Values.more }}{{ .Values.more }}{{ end }}"), [Some(8080)]);
    assert_eq!(chart_ports("", "80{{ if .Values.more }}{{ .Values.more }}{{ end }}"), [Some(80)]);
}

#[test]
fn quotes_that_an_action_writes_are_those_of_yaml() {
    let name = |value: &str| {
        let service = format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: api\n  labels:\n    a: {value}\n");
        let found = cluster(&[
            ("chart/Chart.yaml", "apiVersion: v2\nname: x\n"),
            ("chart/values.yaml", "a: b\nmark: 'x\"y'\nempty: ''\n"),
            ("chart/templates/service.yaml", &service),
        ]);
        let object = found.set.objects.first().expect("the Service").clone();
        let label = object.node.at(&["metadata", "labels", "a"]).expect("a label").clone();
        label.text().map(|text| text.to_string()).or_else(|| label.unknown().map(|_| "unknown".to_owned()))
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(name("{{ .Values.a | quote }}"), text("b"));
    assert_eq!(name("{{ .Values.a | squote }}"), text("b"));
    assert_eq!(name("{{ .Values.mark | quote }}"), text("x\"y"));
    assert_eq!(name("{{ if .Values.a }}{{ .Values.a | quote }}{{ end }}"), text("b"));
    // inside of other text they are letters
    assert_eq!(name("x-{{ .Values.a | quote }}"), text("x-\"b\""));
    assert_eq!(name("'{{ .Values.a | quote }}'"), text("\"b\""));
    assert_eq!(name("{{ .Values.a | quote }}-x"), text("unknown"));
    assert_eq!(name("{{ .Values.empty }}"), None);
    assert_eq!(name("\"{{ .Values.empty }}\""), text(""));
}

#[test]
fn values_of_examples_and_schemas_install_nothing() {
    let service =
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: api\nspec:\n  ports:\n    - port: {{ .Values.port }}\n";
    let (found, _) = clusters(&[
        ("app/Chart.yaml", "apiVersion: v2\nname: app\n"),
        ("app/values.yaml", "port: 80\n"),
        ("app/values-example.yaml", "port: 81\n"),
        ("app/values-prod.yaml", "port: 82\n"),
        ("app/values.schema.json", "{\"properties\": {}}"),
        ("app/templates/service.yaml", service),
    ]);
    let shown: Vec<_> =
        found.iter().map(|one| (&*one.set.name, one.set.mode.clone(), one.services[0].ports[0].port)).collect();
    assert_eq!(shown, [("app", None, Some(80)), ("app/values-prod.yaml", Some(Mode::Production), Some(82))]);
    let (found, _) = clusters(&[
        ("Chart.yaml", "apiVersion: v2\nname: app\n"),
        ("templates/service.yaml", "apiVersion: v1\nkind: Service\nmetadata: { name: api }\n"),
    ]);
    assert_eq!(&*found[0].set.name, "Chart.yaml");
}

#[test]
fn a_chart_that_is_switched_off_is_not_installed() {
    let installed = |dependency: &str, values: &str, own: &str| {
        let chart =
            format!("apiVersion: v2\nname: app\ndependencies: [{{ name: api, {dependency} }}, {{ name: db }}]\n");
        let (found, _) = clusters(&[
            ("app/Chart.yaml", &chart),
            ("app/values.yaml", values),
            ("app/charts/api/Chart.yaml", "apiVersion: v2\nname: api\n"),
            ("app/charts/api/values.yaml", own),
            ("app/charts/api/templates/s.yaml", "apiVersion: v1\nkind: Service\nmetadata: { name: api }\n"),
        ]);
        found.len()
    };
    let names = |dependency: &str, values: &str| installed(dependency, values, "");
    let condition = "condition: 'api.wanted,api.enabled'";
    assert_eq!(names(condition, "api: { enabled: false }\n"), 0);
    assert_eq!(names(condition, "api: { enabled: true }\n"), 1);
    assert_eq!(names(condition, "api: { enabled: false, wanted: true }\n"), 1);
    assert_eq!(names(condition, ""), 1);
    assert_eq!(names("tags: [back, front]", "tags: { back: false }\n"), 0);
    assert_eq!(names("tags: [back, front]", "tags: { back: false, front: true }\n"), 1);
    // its own values count where those around it say nothing
    assert_eq!(installed(condition, "", "enabled: false\n"), 0);
    assert_eq!(installed(condition, "api: { enabled: true }\n", "enabled: false\n"), 1);
    assert_eq!(installed(condition, "api: { enabled: false }\n", "wanted: true\n"), 1);
    // only a truth value decides, and before one that is not known nothing is sure
    assert_eq!(names(condition, "api: { wanted: 0, enabled: true }\n"), 1);
    assert_eq!(names(condition, "api: { wanted: 'x', enabled: false }\n"), 0);
    assert_eq!(names(condition, "api: { wanted: yes, enabled: false }\n"), 1);
    assert_eq!(names("condition: 'db.enabled,api.enabled'", "api: { enabled: false }\n"), 1);
    assert_eq!(names("tags: [back, front]", "tags: { back: 0 }\n"), 1);
    assert_eq!(names("tags: [back, front]", "tags: { back: false, front: on }\n"), 1);
    assert_eq!(installed(condition, "a: [\n", "enabled: false\n"), 1);
}

#[test]
fn a_container_mounts_one_file_of_a_config_map_by_its_key() {
    let app = APP.replace(
        "          ports:\n            - cont",
        "          volumeMounts: [{ name: v, mountPath: /etc/a.conf, subPath: b.conf }, { name: w, mountPath: /w }]\n          ports:\n            - cont",
    );
    let app = app.replace(
        "      containers:",
        "      volumes: [{ name: v, configMap: { name: settings } }, { name: w, configMap: { name: settings, items: [{ key: a.conf, path: x }] } }]\n      containers:",
    );
    let kustomization = "resources: [app.yaml]\nconfigMapGenerator: [{ name: settings, files: [a.conf, b.conf] }]\n";
    let found = cluster(&[("k8s/kustomization.yaml", kustomization), ("k8s/app.yaml", &app)]);
    let mounts: Vec<(&str, &str)> =
        found.workloads[0].containers[0].mounts.iter().map(|(path, file)| (&**path, file.as_str())).collect();
    assert_eq!(mounts, [("/etc/a.conf", "k8s/b.conf"), ("/w/x", "k8s/a.conf")]);
}
