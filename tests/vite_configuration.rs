//! The proxy of a development server is read however its configuration is written, and where it cannot be, that is said.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use support::Repo;

const PACKAGE: &str =
    "{ \"scripts\": { \"dev\": \"vite\", \"build\": \"vite build\" }, \"devDependencies\": { \"vite\": \"^7.0.0\" } }";
const API: &str =
    "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get(\"/api/users\")\ndef users():\n    return []\n";
const ENTRIES: &str = "'/api': 'http://localhost:8000'";

/// What `trace` says of a call of `/api/users` in development.
fn trace(files: &[(&str, String)]) -> String {
    let repo = Repo::new()
        .with("web/package.json", PACKAGE)
        .with("web/index.html", "<script type=\"module\" src=\"/src/main.ts\"></script>\n")
        .with("web/src/main.ts", "fetch('/api/users');\n")
        .with("api/requirements.txt", "fastapi\nuvicorn\n")
        .with("api/main.py", API)
        .with("api/start.sh", "uvicorn main:app --port 8000\n");
    let repo = files.iter().fold(repo, |repo, (path, text)| repo.with(path, text));
    let run = repo.run(&["trace", "--all"]);
    let from = run.out.find("development mode").unwrap_or_else(|| panic!("{run:?}"));
    let rest = &run.out[from..];
    rest[..rest.find("production mode").unwrap_or(rest.len())].to_owned()
}

#[test]
fn every_form_of_a_configuration_is_read() {
    let server = format!("server: {{ proxy: {{ {ENTRIES} }} }}");
    let forms = [
        format!("export default {{ {server} }};\n"),
        format!("import type {{ UserConfig }} from 'vite';\nexport default {{ {server} }} satisfies UserConfig;\n"),
        format!("export default {{ {server} }} as import('vite').UserConfig;\n"),
        format!("import {{ defineConfig }} from 'vite';\nexport default defineConfig({{ {server} }});\n"),
        format!("export default () => ({{ {server} }});\n"),
        format!("export default async ({{ mode }}) => {{\n  return {{ {server} }};\n}};\n"),
        format!("export default function config() {{\n  return {{ {server} }};\n}}\n"),
        format!(
            "import {{ defineConfig }} from 'vite';\nexport default defineConfig(({{ mode }}) => {{\n  const options = {{ {server} }};\n  return options;\n}});\n"
        ),
        format!(
            "import {{ defineConfig }} from 'vite';\nexport default defineConfig(({{ command }}) => {{\n  if (command === 'build') {{ return {{ base: '/x/', build: {{}} }}; }}\n  return {{ {server} }};\n}});\n"
        ),
        format!("const options = {{ {server} }};\nexport default options;\n"),
        format!("const options = {{ {server} }};\nexport {{ options as default }};\n"),
        format!("module.exports = {{ {server} }};\n"),
        format!(
            "import {{ mergeConfig }} from 'vite';\nconst shared = {{ plugins: [] }};\nexport default mergeConfig(shared, {{ {server} }});\n"
        ),
        format!(
            "import {{ mergeConfig, defineConfig }} from 'vite';\nconst shared = {{ {server} }};\nexport default mergeConfig(shared, defineConfig({{ plugins: [] }}));\n"
        ),
        format!("const shared = {{ {server} }};\nexport default {{ ...shared, plugins: [] }};\n"),
        format!("const proxy = {{ {ENTRIES} }};\nexport default {{ server: {{ proxy }} }};\n"),
        format!("const server = {{ proxy: {{ {ENTRIES} }} }};\nexport default {{ server }};\n"),
        format!(
            "const server = {{ proxy: {{ {ENTRIES} }} }};\nexport default {{ server: {{ ...server, port: 3000 }} }};\n"
        ),
        format!(
            "export default ({{ mode }}) => ({{ server: {{ proxy: mode === 'development' ? {{ {ENTRIES} }} : undefined }} }});\n"
        ),
    ];
    for form in forms {
        let trace = trace(&[("web/vite.config.ts", form.clone())]);
        assert!(trace.contains("ok     route `/api/users`"), "{form}\n{trace}");
    }
}

#[test]
fn a_configuration_of_another_file_is_read() {
    let base = format!("export default {{ server: {{ proxy: {{ {ENTRIES} }} }} }};\n");
    let named = format!(
        "import type {{ UserConfig }} from 'vite';\nexport const shared: UserConfig = {{ server: {{ proxy: {{ {ENTRIES} }} }} }};\n"
    );
    for (config, path, base) in [
        ("export { default } from './vite.base';\n", "web/vite.base.ts", &base),
        ("import base from './vite.base';\nexport default base;\n", "web/vite.base.ts", &base),
        ("import base from './vite.base';\nexport default { ...base, plugins: [] };\n", "web/vite.base.ts", &base),
        (
            "import { mergeConfig } from 'vite';\nimport base from './vite.base';\nexport default mergeConfig(base, { plugins: [] });\n",
            "web/vite.base.ts",
            &base,
        ),
        (
            "import { mergeConfig } from 'vite';\nimport { shared } from '../tools/shared';\nexport default mergeConfig(shared, { plugins: [] });\n",
            "tools/shared.ts",
            &named,
        ),
    ] {
        let trace = trace(&[("web/vite.config.ts", config.to_owned()), (path, base.clone())]);
        assert!(trace.contains("ok     route `/api/users`"), "{config}\n{trace}");
    }
}

#[test]
fn entries_that_are_not_read_may_be_there() {
    for config in [
        "import { proxy } from './proxy';\nexport default { server: { proxy } };\n",
        "import { proxy } from './proxy';\nexport default { server: { proxy: { '/other': 'http://localhost:9000', ...proxy } } };\n",
        "import { proxies } from './proxy';\nexport default { server: { proxy: proxies('http://localhost:8000') } };\n",
        "import preset from '@acme/vite-preset';\nexport default preset;\n",
        "import { preset } from 'some-preset';\nexport default preset({ plugins: [] });\n",
        "import { mergeConfig } from 'vite';\nimport base from './gone';\nexport default mergeConfig(base, { plugins: [] });\n",
    ] {
        let trace = trace(&[("web/vite.config.ts", config.to_owned())]);
        assert!(trace.contains("more proxy entries may come from code that is not followed"), "{config}\n{trace}");
        assert!(!trace.contains("BREAKS"), "{config}\n{trace}");
    }
}

/// Each of them would be read once for every way that leads to it.
#[test]
fn configurations_that_are_made_of_each_other_are_read_once() {
    let names: Vec<String> = (0..40).map(|number| format!("vite.part{number}.ts")).collect();
    let imports: String = (0..40).map(|number| format!("import part{number} from './vite.part{number}';\n")).collect();
    let spread: String = (0..40).map(|number| format!("...part{number}, ")).collect();
    let all = format!(
        "import {{ defineConfig }} from 'vite';\n{imports}export default defineConfig({{ {spread}server: {{ proxy: {{ {ENTRIES} }} }} }});\n"
    );
    let paths: Vec<String> = names.iter().map(|name| format!("web/{name}")).collect();
    let mut files: Vec<(&str, String)> = paths.iter().map(|path| (path.as_str(), all.clone())).collect();
    files.push(("web/vite.config.ts", all.clone()));
    let trace = trace(&files);
    assert!(trace.contains("ok     route `/api/users`"), "{trace}");
}

/// Twelve objects of which each spreads the next one twenty times: 20^12 ways lead to the last.
#[test]
fn an_object_is_read_once_however_many_names_lead_to_it() {
    let mut config = format!("const part12 = {{ server: {{ proxy: {{ {ENTRIES} }} }} }};\n");
    for number in (0..12).rev() {
        let spread = format!("...part{}, ", number + 1).repeat(20);
        config.push_str(&format!("const part{number} = {{ {spread}}};\n"));
    }
    config.push_str("export default part0;\n");
    let trace = trace(&[("web/vite.config.ts", config)]);
    assert!(trace.contains("route"), "{trace}");
}
