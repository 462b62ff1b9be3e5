//! Many of one thing in compose files, Dockerfiles, manifests and env files.

use super::{Shape, file, front_end, lines, shape};

pub const SHAPES: &[Shape] = &[
    shape("compose-services", |n| {
        vec![file(
            "compose.yml",
            format!(
                "services:\n{}",
                lines(n, |i| format!("  s{i}:\n    image: nginx\n    ports: ['{}:80']", 1024 + i))
            ),
        )]
    }),
    shape("compose-services-built", |n| {
        vec![
            file(
                "compose.yml",
                format!("services:\n{}", lines(n, |i| format!("  s{i}:\n    build: .\n    environment: {{A: b}}"))),
            ),
            file("Dockerfile", "FROM node\nCMD node server.js\n"),
            file("package.json", "{\"name\": \"a\", \"dependencies\": {\"express\": \"4\"}}"),
            file(
                "server.js",
                "const app = require('express')();\napp.get('/a', (q, s) => s.end());\napp.listen(3000);\n",
            ),
        ]
    }),
    shape("supervisord-programs-that-start-it", |n| {
        let program = |i| format!("[program:p{i}]\ncommand=supervisord -c supervisord.conf");
        vec![
            file("compose.yml", "services:\n  s:\n    build: .\n"),
            file("Dockerfile", "FROM python\nCOPY . /app\nWORKDIR /app\nCMD supervisord -c supervisord.conf\n"),
            file("supervisord.conf", format!("[supervisord]\n{}", lines(n, program))),
            file("main.py", "from flask import Flask\napp = Flask('a')\napp.run(port=5000)\n"),
        ]
    }),
    shape("dockerfile-copies-of-arguments", |n| {
        vec![
            file("compose.yml", "services:\n  s:\n    build: .\n"),
            file(
                "Dockerfile",
                format!(
                    "FROM nginx\n{}{}",
                    lines(n, |i| format!("ARG A{i}=f{i}")),
                    lines(n, |i| format!("COPY \"$A{i}\" /etc/nginx/conf.d/{i}.conf"))
                ),
            ),
        ]
    }),
    shape("traefik-routers", |n| {
        let labels = |i| {
            format!(
                "      - traefik.http.routers.r{i}.rule=Host(`a.example.com`) && PathPrefix(`/p{i}`)\n      - traefik.http.routers.r{i}.middlewares=m{i}\n      - traefik.http.middlewares.m{i}.stripprefix.prefixes=/p{i}"
            )
        };
        vec![
            file(
                "compose.yml",
                format!(
                    "services:\n  edge:\n    image: traefik:v3.5\n    command: --providers.docker --entrypoints.web.address=:80\n  web:\n    image: nginx\n    labels:\n{}",
                    lines(n, labels)
                ),
            ),
            file("index.html", "<script src=\"a.js\"></script>"),
            file("a.js", "new WebSocket('ws://a.example.com/p1/ws');\n"),
        ]
    }),
    shape("traefik-services", |n| {
        let service = |i| {
            format!(
                "  s{i}:\n    image: nginx\n    labels:\n      - traefik.http.routers.r{i}.rule=Host(`h{i}.example.com`) && PathPrefix(`/p`)"
            )
        };
        vec![
            file(
                "compose.yml",
                format!(
                    "services:\n  edge:\n    image: traefik:v3.5\n    command: --providers.docker --entrypoints.web.address=:80\n{}",
                    lines(n, service)
                ),
            ),
            file("index.html", "<script src=\"a.js\"></script>"),
            file("a.js", "new WebSocket('ws://h1.example.com/p/ws');\n"),
        ]
    }),
    shape("traefik-servers-of-one-service", |n| {
        let service = |i| {
            format!(
                "  s{i}:\n    image: nginx\n    labels:\n      - traefik.http.routers.r.rule=PathPrefix(`/p`)\n      - traefik.http.routers.r.service=s\n      - traefik.http.services.s.loadbalancer.server.port=80"
            )
        };
        vec![
            file(
                "compose.yml",
                format!(
                    "services:\n  edge:\n    image: traefik:v3.5\n    command: --providers.docker --entrypoints.web.address=:80\n{}",
                    lines(n, service)
                ),
            ),
            file("index.html", "<script src=\"a.js\"></script>"),
            file("a.js", "new WebSocket('ws://a.example.com/p/ws');\n"),
        ]
    }),
    shape("traefik-entry-points-and-names", |n| {
        let flags: String = lines(n, |i| format!("      - --entrypoints.e{i}.address=:{}", 1024 + i));
        let names: Vec<String> = (0..n).map(|i| format!("Host(`h{i}.example.com`)")).collect();
        vec![
            file(
                "compose.yml",
                format!(
                    "services:\n  edge:\n    image: traefik:v3.5\n    command:\n      - --providers.docker\n{flags}  web:\n    image: nginx\n    labels:\n      - traefik.http.routers.r.rule={}",
                    names.join(" || ")
                ),
            ),
            file("index.html", "<script src=\"a.js\"></script>"),
            file("a.js", "new WebSocket('ws://h1.example.com:1025/ws');\n"),
        ]
    }),
    shape("traefik-routers-for-tcp", |n| {
        let labels = |i| {
            format!(
                "      - traefik.tcp.routers.t{i}.rule=HostSNI(`t{i}.example.com`)\n      - traefik.tcp.routers.t{i}.tls=true\n      - traefik.http.routers.r{i}.rule=Host(`h{i}.example.com`)\n      - traefik.http.routers.r{i}.tls=true"
            )
        };
        vec![
            file(
                "compose.yml",
                format!(
                    "services:\n  edge:\n    image: traefik:v3.5\n    command: --providers.docker --entrypoints.web.address=:443\n  web:\n    image: nginx\n    labels:\n{}",
                    lines(n, labels)
                ),
            ),
            file("index.html", "<script src=\"a.js\"></script>"),
            file("a.js", "new WebSocket('wss://h1.example.com/ws');\n"),
        ]
    }),
    shape("traefik-long-rule", |n| {
        vec![file(
            "compose.yml",
            format!(
                "services:\n  edge:\n    image: traefik:v3.5\n    command: --providers.docker --entrypoints.web.address=:80\n  web:\n    image: nginx\n    labels:\n      - >-\n        traefik.http.routers.r.rule=Path(`/`)\n{}",
                lines(n, |i| format!("        || Host(`h{i}.example.com`)"))
            ),
        )]
    }),
    shape("compose-service-chain", |n| {
        vec![file(
            "compose.yml",
            format!(
                "services:\n  s0:\n    image: nginx\n{}",
                lines(n, |i| format!("  s{}:\n    extends: s{i}\n    depends_on: [s{i}]", i + 1))
            ),
        )]
    }),
    shape("compose-environment-list", |n| {
        vec![file(
            "compose.yml",
            format!(
                "services:\n  web:\n    image: nginx\n    environment:\n{}",
                lines(n, |i| format!("      - A{i}=ws://h/{i}"))
            ),
        )]
    }),
    shape("compose-environment-map", |n| {
        vec![file(
            "compose.yml",
            format!(
                "services:\n  web:\n    image: nginx\n    environment:\n{}",
                lines(n, |i| format!("      A{i}: ws://h/{i}"))
            ),
        )]
    }),
    shape("compose-environment-references", |n| {
        vec![
            file(".env", lines(n, |i| format!("A{i}=ws://h/{i}"))),
            file(
                "compose.yml",
                format!(
                    "services:\n  web:\n    image: nginx\n    environment:\n{}",
                    lines(n, |i| format!("      A{i}: ${{A{i}}}"))
                ),
            ),
        ]
    }),
    shape("compose-environment-of-package", |n| {
        let mut files = front_end(&lines(n, |i| format!("new WebSocket(import.meta.env.VITE_A{i});")), "x");
        files.push(file(
            "compose.yml",
            format!(
                "services:\n  web:\n    build:\n      context: web\n      args:\n{}    environment:\n{}",
                lines(n, |i| format!("        VITE_A{i}: ws://h/{i}")),
                lines(n, |i| format!("      VITE_A{i}: ws://h/{i}"))
            ),
        ));
        files
    }),
    shape("compose-env-files", |n| {
        let mut files: Vec<_> = (0..n).map(|i| file(&format!("env/e{i}.env"), format!("A{i}=b\nX=1\n"))).collect();
        files.push(file(
            "compose.yml",
            format!(
                "services:\n  web:\n    image: nginx\n    env_file:\n{}",
                lines(n, |i| format!("      - env/e{i}.env"))
            ),
        ));
        files
    }),
    shape("compose-one-env-file-many-services", |n| {
        vec![
            file("a.env", lines(n, |i| format!("A{i}=b"))),
            file(
                "compose.yml",
                format!("services:\n{}", lines(n, |i| format!("  s{i}:\n    image: nginx\n    env_file: a.env"))),
            ),
        ]
    }),
    shape("compose-anchored-environment", |n| {
        vec![file(
            "compose.yml",
            format!(
                "x-env: &env\n{}services:\n{}",
                lines(n.min(3_000), |i| format!("  A{i}: b")),
                lines(n.min(3_000), |i| format!("  s{i}:\n    image: nginx\n    environment: *env"))
            ),
        )]
    }),
    shape("compose-ports", |n| {
        vec![file(
            "compose.yml",
            format!(
                "services:\n  web:\n    image: nginx\n    ports:\n{}",
                lines(n, |i| format!("      - '{}:{}'", 1024 + i, 1024 + i))
            ),
        )]
    }),
    shape("compose-port-ranges", |n| {
        vec![file(
            "compose.yml",
            format!(
                "services:\n  web:\n    image: nginx\n    ports:\n{}",
                lines(n, |_| "      - '1-65000:1-65000'".to_owned())
            ),
        )]
    }),
    shape("compose-networks", |n| {
        vec![file(
            "compose.yml",
            format!(
                "services:\n  web:\n    image: nginx\n    networks:\n{}networks:\n{}",
                lines(n, |i| format!("      n{i}: {{aliases: [a{i}]}}")),
                lines(n, |i| format!("  n{i}: {{}}"))
            ),
        )]
    }),
    shape("compose-volumes", |n| {
        vec![file(
            "compose.yml",
            format!(
                "services:\n  web:\n    image: nginx\n    volumes:\n{}",
                lines(n, |i| format!("      - ./c{i}.conf:/etc/nginx/conf.d/c{i}.conf"))
            ),
        )]
    }),
    shape("compose-command-words", |n| {
        vec![file(
            "compose.yml",
            format!("services:\n  web:\n    image: node\n    command: {}\n", "node a && ".repeat(n)),
        )]
    }),
    shape("compose-files", |n| {
        (0..n)
            .map(|i| file(&format!("d{i}/compose.yml"), "services:\n  web:\n    image: nginx\n    ports: ['80:80']\n"))
            .collect()
    }),
    shape("compose-files-in-one-folder", |n| {
        (0..n)
            .map(|i| file(&format!("compose.c{i}.yml"), "services:\n  web:\n    image: nginx\n    ports: ['80:80']\n"))
            .collect()
    }),
    shape("compose-include-chain", |n| {
        let mut files: Vec<_> = (0..n)
            .map(|i| {
                file(
                    &format!("d{i}/compose.yml"),
                    format!("include: [../d{}/compose.yml]\nservices:\n  w{i}:\n    image: nginx\n", i + 1),
                )
            })
            .collect();
        files.push(file(&format!("d{n}/compose.yml"), "services: {}\n"));
        files
    }),
    shape("dockerfile-runs", |n| {
        vec![file("Dockerfile", format!("FROM node\n{}", lines(n, |i| format!("RUN npm run x{i}"))))]
    }),
    shape("dockerfile-envs", |n| {
        vec![file("Dockerfile", format!("FROM node\n{}", lines(n, |i| format!("ENV A{i}=b"))))]
    }),
    shape("dockerfile-env-references", |n| {
        vec![file("Dockerfile", format!("FROM node\n{}", lines(n, |i| format!("ENV A{}=$A{i}", i + 1))))]
    }),
    shape("dockerfile-env-one-line", |n| {
        vec![file("Dockerfile", format!("FROM node\nENV {}\n", (0..n).map(|i| format!("A{i}=b ")).collect::<String>()))]
    }),
    shape("dockerfile-args", |n| {
        vec![file(
            "Dockerfile",
            format!("{}FROM node\n{}", lines(n, |i| format!("ARG A{i}=b")), lines(n, |i| format!("ARG A{i}"))),
        )]
    }),
    shape("dockerfile-copies", |n| {
        vec![file("Dockerfile", format!("FROM nginx\n{}", lines(n, |i| format!("COPY c{i}.conf /etc/nginx/conf.d/"))))]
    }),
    shape("dockerfile-copy-sources", |n| {
        vec![file(
            "Dockerfile",
            format!(
                "FROM nginx\nCOPY {} /etc/nginx/conf.d/\n",
                (0..n).map(|i| format!("c{i}.conf ")).collect::<String>()
            ),
        )]
    }),
    shape("dockerfile-exposes", |n| {
        vec![file("Dockerfile", format!("FROM nginx\n{}", lines(n, |i| format!("EXPOSE {}", 1024 + i))))]
    }),
    shape("dockerfile-stages", |n| vec![file("Dockerfile", lines(n, |i| format!("FROM nginx AS s{i}\nCOPY a /b")))]),
    shape("dockerfile-stage-chain", |n| {
        vec![file(
            "Dockerfile",
            format!("FROM nginx AS s0\n{}", lines(n, |i| format!("FROM s{i} AS s{}\nCOPY --from=s{i} /a /b", i + 1))),
        )]
    }),
    shape("dockerfile-commands", |n| {
        vec![file("Dockerfile", format!("FROM nginx\n{}", lines(n, |i| format!("CMD [\"node\", \"a{i}.js\"]"))))]
    }),
    shape("dockerfile-continued", |n| {
        vec![file("Dockerfile", format!("FROM nginx\nRUN a {}\n", lines(n, |i| format!("&& b{i} \\"))))]
    }),
    shape("dockerfile-heredocs", |n| {
        vec![file("Dockerfile", format!("FROM nginx\n{}", lines(n, |i| format!("RUN <<E{i}\nx\nE{i}"))))]
    }),
    shape("dockerfile-open-heredocs", |n| {
        vec![file("Dockerfile", format!("FROM nginx\n{}", lines(n, |i| format!("RUN <<E{i}"))))]
    }),
    shape("dockerfiles", |n| {
        (0..n).map(|i| file(&format!("d{i}/Dockerfile"), "FROM node\nCOPY . .\nENV A=b\nCMD node a.js\n")).collect()
    }),
    shape("env-entries", |n| {
        let mut files = front_end("", "import.meta.env.VITE_A1");
        files.push(file("web/.env", lines(n, |i| format!("VITE_A{i}=ws://h/{i}"))));
        files
    }),
    shape("env-entries-same-name", |n| {
        let mut files = front_end("", "import.meta.env.VITE_A");
        files.push(file("web/.env", lines(n, |i| format!("VITE_A=ws://h/{i}"))));
        files
    }),
    shape("env-open-quotes", |n| vec![file(".env", lines(n, |i| format!("A{i}=\"b")))]),
    shape("env-open-backticks", |n| vec![file(".env", lines(n, |i| format!("A{i}=`b")))]),
    shape("env-spaces", |n| vec![file(".env", format!("A={}x\n", " ".repeat(n)))]),
    shape("env-hashes", |n| vec![file(".env", format!("A={}\n", " #".repeat(n)))]),
    shape("env-open-references", |n| {
        let mut files = front_end("", "import.meta.env.VITE_A");
        files.push(file("web/.env", format!("VITE_A={}\n", "${B:-".repeat(n))));
        files
    }),
    shape("package-scripts", |n| {
        vec![file(
            "package.json",
            format!(
                "{{\"name\": \"a\", \"scripts\": {{{}\"z\": \"vite\"}}}}",
                lines(n, |i| format!("\"s{i}\": \"PORT={} node a.js\",", 1024 + i))
            ),
        )]
    }),
    shape("package-dependencies", |n| {
        vec![file(
            "package.json",
            format!(
                "{{\"name\": \"a\", \"dependencies\": {{{}\"z\": \"1\"}}}}",
                lines(n, |i| format!("\"d{i}\": \"1\","))
            ),
        )]
    }),
    shape("package-script-chain", |n| {
        vec![file(
            "package.json",
            format!(
                "{{\"name\": \"a\", \"scripts\": {{{}\"s{n}\": \"vite\"}}}}",
                lines(n, |i| format!("\"s{i}\": \"npm run s{}\",", i + 1))
            ),
        )]
    }),
    shape("package-script-doubling", |n| {
        vec![file(
            "package.json",
            format!(
                "{{\"name\": \"a\", \"scripts\": {{{}\"s{n}\": \"vite\"}}}}",
                lines(n, |i| format!("\"s{i}\": \"npm run s{} && npm run s{}\",", i + 1, i + 1))
            ),
        )]
    }),
    shape("requirements", |n| vec![file("requirements.txt", lines(n, |i| format!("p{i}==1.0")))]),
    shape("procfile", |n| vec![file("Procfile", lines(n, |i| format!("w{i}: node a{i}.js")))]),
    shape("shell-lines", |n| {
        vec![file("start.sh", format!("#!/bin/sh\n{}", lines(n, |i| format!("PORT={} node a.js", 1024 + i))))]
    }),
    shape("shell-open-quotes", |n| {
        vec![file("start.sh", format!("#!/bin/sh\nnode a.js\n{}", lines(n, |_| "uvicorn \"$(a '".to_owned())))]
    }),
    shape("shell-substitutions", |n| {
        vec![file("start.sh", format!("#!/bin/sh\nuvicorn a:b --port {}", "$(a ".repeat(n)))]
    }),
    shape("shell-heredocs", |n| {
        vec![file("start.sh", format!("#!/bin/sh\n{}", lines(n, |i| format!("uvicorn <<E{i}"))))]
    }),
    shape("gitignore-lines", |n| vec![file(".gitignore", lines(n, |i| format!(".env{i}"))), file("a/.env", "A=b\n")]),
    shape("workflows", |n| {
        (0..n).map(|i| file(&format!(".github/workflows/w{i}.yml"), "on: push\njobs:\n  a:\n    runs-on: x\n    env: {A: b}\n    steps:\n      - run: npm run build\n        env: {VITE_A: c}\n")).collect()
    }),
    shape("workflow-steps", |n| {
        vec![file(
            ".github/workflows/w.yml",
            format!(
                "on: push\njobs:\n  a:\n    steps:\n{}",
                lines(n, |i| format!("      - run: npm run build\n        env: {{VITE_A{i}: c}}"))
            ),
        )]
    }),
    shape("vercel-rewrites", |n| {
        vec![file(
            "vercel.json",
            format!(
                "{{\"rewrites\": [{}{{\"source\": \"/z\", \"destination\": \"/\"}}]}}",
                lines(n, |i| format!("{{\"source\": \"/a{i}\", \"destination\": \"http://h/{i}\"}},"))
            ),
        )]
    }),
    shape("kubernetes-services", |n| vec![file("k8s/all.yaml", lines(n, |i| kubernetes(i, &format!("s{i}"))))]),
    shape("kubernetes-services-of-one-label", |n| vec![file("k8s/all.yaml", lines(n, |i| kubernetes(i, "same")))]),
    shape("kubernetes-containers", |n| {
        vec![
            file(
                "k8s/pod.yaml",
                format!(
                    "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, labels: {{app: p}}}}\nspec:\n  containers:\n{}",
                    lines(n, |i| format!("  - {{name: c{i}, image: app, env: [{{name: A, value: b}}]}}"))
                ),
            ),
            file("app/Dockerfile", "FROM node\nCOPY . /app\nCMD node server.js\n"),
        ]
    }),
    shape("kubernetes-ingress-paths", |n| vec![file("k8s/ingress.yaml", ingress(n, ""))]),
    shape("kubernetes-ingress-patterns", |n| {
        let annotations = "  annotations: {nginx.ingress.kubernetes.io/use-regex: \"true\"}\n";
        vec![file("k8s/ingress.yaml", ingress(n, annotations))]
    }),
    shape("kubernetes-ingress-hosts", |n| {
        let object = |i| {
            let host = format!("h{i}.example.com");
            format!(
                "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: i{i}}}\nspec:\n  ingressClassName: c{i}\n  tls: [{{hosts: [{host}]}}]\n  defaultBackend: {{service: {{name: s{i}, port: {{number: 80}}}}}}\n  rules: [{{host: {host}, http: {{paths: [{{path: /p, pathType: Prefix, backend: {{service: {{name: s{i}, port: {{number: 80}}}}}}}}]}}}}]\n---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {{name: c{i}}}\nspec: {{controller: k8s.io/ingress-nginx}}"
            )
        };
        vec![file("k8s/ingress.yaml", lines(n, object))]
    }),
    shape("kubernetes-routes", |n| {
        let listeners = lines(n, |i| format!("  - {{name: l{i}, protocol: HTTPS, hostname: h{i}.example.com}}"));
        let gateway = format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: g}}\nspec:\n  listeners:\n{listeners}"
        );
        let route = |i| {
            format!(
                "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r{i}}}\nspec: {{hostnames: [h{i}.example.com], parentRefs: [{{name: g}}], rules: [{{backendRefs: [{{name: s, port: 80}}]}}]}}"
            )
        };
        vec![file("k8s/gateway.yaml", format!("{gateway}{}", lines(n, route)))]
    }),
    shape("kubernetes-config-map-texts", |n| {
        let text = |i| format!("  c{i}.conf: |\n    server {{\n      listen {};\n    }}", 1000 + i);
        let volumes = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  volumes: [{name: v, configMap: {name: c}}]\n  containers: [{name: a, image: nginx, volumeMounts: [{name: v, mountPath: /etc/nginx/conf.d}]}]\n";
        let map = format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n{}", lines(n, text));
        vec![file("k8s/web.yaml", format!("{volumes}{map}"))]
    }),
    shape("chart-conditions", |n| {
        let port =
            |i| format!("    {{{{- if .Values.p{i} }}}}\n    - port: {{{{ .Values.p{i} }}}}\n    {{{{- end }}}}");
        let service =
            format!("apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec:\n  ports:\n{}", lines(n, port));
        vec![
            file("chart/Chart.yaml", "apiVersion: v2\nname: c\n"),
            file("chart/values.yaml", lines(n, |i| format!("p{i}: {i}"))),
            file("chart/templates/service.yaml", service),
        ]
    }),
    shape("chart-line", |n| {
        let line = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: s}}\ndata: {{a: \"{}\"}}\n",
            "{{ .Values.a }}".repeat(n)
        );
        vec![file("chart/Chart.yaml", "apiVersion: v2\nname: c\n"), file("chart/templates/map.yaml", line)]
    }),
    shape("charts-inside", |n| {
        let mut files = vec![
            file("app/Chart.yaml", "apiVersion: v2\nname: app\n"),
            file("app/values.yaml", lines(n, |i| format!("c{i}: {{port: {i}}}"))),
        ];
        files.extend((0..n).flat_map(|i| {
            let service = format!("apiVersion: v1\nkind: Service\nmetadata: {{name: s{i}}}\nspec: {{ports: [{{port: {{{{ .Values.port }}}}}}]}}\n");
            [
                file(&format!("app/charts/c{i}/Chart.yaml"), format!("apiVersion: v2\nname: c{i}\n")),
                file(&format!("app/charts/c{i}/templates/s.yaml"), service),
            ]
        }));
        files
    }),
    shape("charts-inside-with-conditions", |n| {
        let dependency = |i| format!("- {{name: c{i}, condition: 'c{}.on,global.c{i},c{i}.on', tags: [t{i}]}}", i + 1);
        let values = |i| format!("c{i}: {{on: true, port: {i}}}");
        let mut files = vec![
            file("app/Chart.yaml", format!("apiVersion: v2\nname: app\ndependencies:\n{}", lines(n, dependency))),
            file("app/values.yaml", lines(n, values)),
            file("app/values-prod.yaml", lines(n, values)),
        ];
        files.extend((0..n).flat_map(|i| {
            [
                file(&format!("app/charts/c{i}/Chart.yaml"), format!("apiVersion: v2\nname: c{i}\n")),
                file(&format!("app/charts/c{i}/values.yaml"), "on: false\n"),
            ]
        }));
        files
    }),
    shape("kustomize-bases", |n| {
        let kustomization = |text: String| format!("kind: Kustomization\n{text}");
        let mut files = vec![
            file("base/kustomization.yaml", kustomization("resources: [all.yaml]\n".to_owned())),
            file("base/all.yaml", kubernetes(0, "a")),
        ];
        files.extend((0..n).map(|i| {
            file(&format!("overlays/o{i}/kustomization.yaml"), kustomization("resources: [../../base]\n".to_owned()))
        }));
        files
    }),
    shape("kubernetes-one-config-map-many-containers", |n| {
        let map = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n{}",
            lines(n, |i| format!("  A{i}: b"))
        );
        let pod = |i| {
            format!(
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p{i}}}\nspec: {{containers: [{{name: a, image: app, envFrom: [{{configMapRef: {{name: c}}}}]}}]}}"
            )
        };
        vec![file("k8s/all.yaml", format!("{map}{}", lines(n, pod)))]
    }),
    shape("kubernetes-keys-of-a-config-map", |n| {
        let map = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n{}",
            lines(n, |i| format!("  A{i}: b"))
        );
        let variable = |i| format!("    - {{name: A{i}, valueFrom: {{configMapKeyRef: {{name: c, key: A{i}}}}}}}");
        let pod = format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n  - name: a\n    image: app\n    env:\n{}",
            lines(n, variable)
        );
        vec![file("k8s/all.yaml", format!("{map}{pod}"))]
    }),
    shape("kubernetes-mounts-of-a-config-map", |n| {
        let mount = |i| format!("    - {{name: v, mountPath: /etc/{i}, subPath: f{i}}}");
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  volumes: [{{name: v, configMap: {{name: c}}}}]\n  containers:\n  - name: a\n    image: app\n    volumeMounts:\n{}",
            lines(n, mount)
        );
        let kustomization = format!(
            "resources: [pod.yaml]\nconfigMapGenerator:\n- name: c\n  files:\n{}",
            lines(n, |i| format!("  - f{i}"))
        );
        vec![file("k8s/kustomization.yaml", kustomization), file("k8s/pod.yaml", pod)]
    }),
    shape("kubernetes-hosts-of-many-sets", |n| {
        let own = |i: usize| {
            format!(
                "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: i}}\nspec: {{ingressClassName: nginx, rules: [{{host: a.example.com, http: {{paths: [{{path: /p{i}, pathType: Prefix, backend: {{service: {{name: s, port: {{number: 80}}}}}}}}]}}}}]}}\n"
            )
        };
        (0..n).map(|i| file(&format!("s{i}/k8s/ingress.yaml"), own(i))).collect()
    }),
    shape("kubernetes-paths-of-two-sets-and-calls", |n| {
        let object = |paths: &str| {
            format!(
                "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: i}}\nspec:\n  ingressClassName: traefik\n  rules:\n  - host: a.example.com\n    http:\n      paths:\n{paths}"
            )
        };
        let path = |path: &str| {
            format!(
                "      - {{path: {path}, pathType: Prefix, backend: {{service: {{name: s, port: {{number: 80}}}}}}}}"
            )
        };
        let calls = lines(n, |i| format!("fetch('http://a.example.com/p{i}/x');"));
        let mut files = front_end(&calls, "'ws://a.example.com/ws'");
        files.push(file("a/k8s/i.yaml", object(&lines(n, |i| path(&format!("'/.p{i}'"))))));
        files.push(file("b/k8s/i.yaml", object(&path("/"))));
        files
    }),
    shape("kubernetes-paths-of-an-unknown-host", |n| {
        let paths = lines(n, |_| "      - {path: /p}".to_owned());
        let open = format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: i}}\nspec:\n  rules:\n  - host: '${{HOST}}'\n    http:\n      paths:\n{paths}"
        );
        vec![file("k8s/open.yaml", open)]
    }),
    shape("kustomize-steps-of-many-objects", |n| {
        let steps = lines(n, |i| format!("    - {{op: add, path: /metadata/labels/a{i}, value: b}}"));
        vec![
            file(
                "k8s/kustomization.yaml",
                format!("resources: [all.yaml]\npatches:\n- target: {{kind: Service}}\n  patch: |\n{steps}"),
            ),
            file("k8s/all.yaml", lines(n, |i| kubernetes(i, "a"))),
        ]
    }),
    shape("kustomize-steps-of-a-large-map", |n| {
        let steps = lines(n, |i| format!("    - {{op: replace, path: /data/a{i}, value: b}}"));
        vec![
            file(
                "k8s/kustomization.yaml",
                format!("resources: [all.yaml]\npatches:\n- target: {{kind: ConfigMap}}\n  patch: |\n{steps}"),
            ),
            file("k8s/all.yaml", format!("{}---\n{}", config_map(n, "b"), kubernetes(0, "a"))),
        ]
    }),
    shape("kustomize-part-of-a-large-map", |n| {
        let part = config_map(n, "c").replace('\n', "\n    ");
        vec![
            file("k8s/kustomization.yaml", format!("resources: [all.yaml]\npatches:\n- patch: |\n    {part}\n")),
            file("k8s/all.yaml", format!("{}---\n{}", config_map(n, "b"), kubernetes(0, "a"))),
        ]
    }),
    shape("kustomize-pairs-of-deep-overlays", |n| {
        let pairs = |name: &str, level: usize| format!("{name}:\n{}", lines(n, |i| format!("  l{level}-{i}: a")));
        let kustomization = |level: usize| {
            let base = if level == 0 { "all.yaml".to_owned() } else { format!("../k{}", level - 1) };
            let pairs = format!("{}{}", pairs("commonAnnotations", level), pairs("commonLabels", level));
            file(&format!("k{level}/kustomization.yaml"), format!("resources: [{base}]\n{pairs}"))
        };
        let mut files: Vec<_> = (0..8).map(kustomization).collect();
        files.push(file("k0/all.yaml", kubernetes(0, "a")));
        files
    }),
    shape("kustomize-pairs-of-many-objects", |n| {
        let pairs = lines(n, |i| format!("  a{i}: b"));
        vec![
            file("k8s/kustomization.yaml", format!("resources: [all.yaml]\ncommonAnnotations:\n{pairs}")),
            file("k8s/all.yaml", lines(n, |i| kubernetes(i, "a"))),
        ]
    }),
    shape("kustomize-patch-of-a-large-map", |n| {
        let map = |value: &str| config_map(n, value);
        vec![
            file("k8s/kustomization.yaml", "resources: [all.yaml]\npatches: [{path: patch.yaml}]\n"),
            file("k8s/all.yaml", format!("{}---\n{}", map("b"), kubernetes(0, "a"))),
            file("k8s/patch.yaml", map("c")),
        ]
    }),
    shape("chart-inline-statements", |n| {
        let line = |i| format!("  a{i}: \"{{{{ if .Values.a{i} }}}}b{{{{ else }}}}{{{{ .Values.c }}}}{{{{ end }}}}\"");
        vec![
            file("chart/Chart.yaml", "apiVersion: v2\nname: c\n"),
            file("chart/values.yaml", lines(n, |i| format!("a{i}: {i}"))),
            file(
                "chart/templates/map.yaml",
                format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: s}}\ndata:\n{}", lines(n, line)),
            ),
        ]
    }),
    shape("chart-statements-of-one-value", |n| {
        let value = "{{ if .Values.a }}b{{ end }}".repeat(n);
        vec![
            file("chart/Chart.yaml", "apiVersion: v2\nname: c\n"),
            file(
                "chart/templates/map.yaml",
                format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: s}}\ndata: {{a: \"{value}\"}}\n"),
            ),
        ]
    }),
];

/// A ConfigMap with many keys.
fn config_map(n: usize, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n{}",
        lines(n, |i| format!("  a{i}: {value}"))
    )
}

/// A Deployment and a Service.
fn kubernetes(i: usize, label: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{i}}}\nspec:\n  template:\n    metadata: {{labels: {{app: {label}}}}}\n    spec: {{containers: [{{name: a, image: i{i}}}]}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{i}}}\nspec: {{selector: {{app: {label}}}, ports: [{{port: 80}}]}}"
    )
}

/// An Ingress with many paths.
fn ingress(n: usize, annotations: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i\n{annotations}spec:\n  ingressClassName: nginx\n  rules:\n  - host: a.example.com\n    http:\n      paths:\n{}",
        lines(n, |i| format!(
            "      - {{path: /p{i}, pathType: Prefix, backend: {{service: {{name: s{i}, port: {{number: 80}}}}}}}}"
        ))
    )
}
