use super::*;
use crate::base::{FileKind, FileRole, LineIndex, Tracking};
use crate::facts::{ExprKind, HoleReason, Op};

fn facts(path: &str, text: &str) -> FileFacts {
    let path = RepoPath::new(path).expect("inside");
    let mut facts = FileFacts::new(path, FileKind::Yaml, FileRole::Production, Tracking::Tracked, LineIndex::new(text));
    crate::facts::adapters::data::read(text, &mut facts);
    facts
}

#[test]
fn manifests_are_told_by_what_is_in_them() {
    assert!(facts("x.yaml", "apiVersion: v1\nkind: Service\n").kubernetes.is_some());
    assert!(facts("kustomization.yaml", "resources: [a.yaml]\n").kubernetes.is_some());
    assert!(facts("x.yaml", "a: 1\n").kubernetes.is_none());
    assert!(facts("x.yaml", "x:\n  apiVersion: v1\n  kind: Service\n").kubernetes.is_none());
    assert!(facts("Chart.yaml", "apiVersion: v2\nname: x\n").data.is_some());
}

#[test]
fn placeholders_of_charts_are_holes_with_their_text() {
    let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}-web\nspec:\n  {{- if .Values.x }}\n  ports: [{ port: {{ .Values.port }} }]\n  {{- end }}\n";
    let facts = facts("templates/s.yaml", text);
    assert!(facts.syntax_errors.is_empty());
    let file = facts.kubernetes.expect("manifests");
    let ExprKind::Object(fields) = &file.documents[0].kind else { panic!("a map") };
    let ExprKind::Object(metadata) = &fields[2].value.kind else { panic!("a map") };
    let ExprKind::Op(Op::Concat, parts) = &metadata[0].value.kind else { panic!("{metadata:?}") };
    assert_eq!(parts[0].kind, ExprKind::Hole(HoleReason::Template(".Release.Name".into())));
    assert_eq!(parts[1].as_str(), Some("-web"));
    assert_eq!(file.conditions.len(), 1);
}

#[test]
fn texts_for_people_and_other_programs_have_marks_of_their_own() {
    let is_template = |object: &str| {
        facts("x.yaml", &format!("apiVersion: x/v1\nkind: X\nmetadata: {{ name: x }}\n{object}\n"))
            .kubernetes
            .expect("manifests")
            .is_template
    };
    for object in [
        "description: for <your-team> alone",
        "spec: { groups: [{ rules: [{ expr: 'up{job=~\"$JOB\"}', annotations: { summary: 'on <host>' } }] }] }",
        "spec: { redirectRegex: { regex: '^http://(.*)$', replacement: 'https://${HOST}/$1' } }",
        "spec: { endpoints: [{ relabelings: [{ regex: __PORT__, replacement: '${1}:$PORT' }] }] }",
        "spec: { versions: [{ schema: { openAPIV3Schema: { properties: { a: { default: '<none>', pattern: '^$A' } } } } }] }",
        "spec: { validations: [{ expression: '$A', messageExpression: '<a>', message: 'set <a>' }] }",
        "spec: { triggers: [{ metadata: { query: 'sum(a{b=\"$A\"})' } }] }",
        "spec: { steps: [{ script: 'echo ${HOME}' }] }",
    ] {
        assert!(!is_template(object), "{object}");
    }
    for object in
        ["spec: { host: '${HOST}' }", "spec: { rules: [{ host: '<your-host>' }] }", "spec: { port: __PORT__ }"]
    {
        assert!(is_template(object), "{object}");
    }
}

#[test]
fn commands_and_arguments_are_one_line() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    command: [sh, -c]\n    args: [\"uvicorn main:app --port $(PORT)\"]\n";
    let file = facts("pod.yaml", text).kubernetes.expect("manifests");
    let (_, command) = &file.commands[0];
    assert_eq!(command.listens.len(), 1);
    assert!(command.listens[0].port.as_ref().is_some_and(|port| matches!(port.kind, ExprKind::Env { .. })));
}

#[test]
fn numbers_in_place_of_texts_are_refused() {
    let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  annotations:\n    a: 3600\n    b: \"60\"\n    c: true\n";
    assert_eq!(facts("ingress.yaml", text).syntax_errors.len(), 2);
    assert!(facts("ingress.yaml", &text.replace("Ingress", "Application")).syntax_errors.is_empty());
}

#[test]
fn nginx_inside_of_a_config_map_has_its_places() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  other: x\n  default.conf: |\n    # é\n    server {\n      listen 80;\n    }\n---\napiVersion: v1\nkind: Service\n";
    let facts = facts("cm.yaml", text);
    let nginx = facts.nginx.expect("nginx");
    assert_eq!(nginx.directives.len(), 1);
    assert_eq!(&text[nginx.directives[0].name_span.range()], "server");
    assert_eq!(&*facts.kubernetes.expect("manifests").texts[0].key, "default.conf");
}
