use super::*;
use crate::base::{FileRole, LineIndex, Tracking};
use crate::facts::PageKind;

fn read_file(path: &str, kind: FileKind, text: &str) -> FileFacts {
    let path = RepoPath::new(path).expect("inside");
    let mut facts = FileFacts::new(path, kind, FileRole::Production, Tracking::Tracked, LineIndex::new(text));
    read(text, &mut facts);
    facts
}

#[test]
fn each_name_says_what_the_file_is() {
    let facts = read_file(
        "tsconfig.json",
        FileKind::Json,
        "{ // c\n\"extends\": \"./base.json\", \"compilerOptions\": {\"baseUrl\": \".\", \"paths\": {\"@/*\": [\"src/*\"]}}}",
    );
    let aliases = facts.aliases.expect("aliases");
    assert_eq!(&*aliases.paths[0].1[0], "src/*");
    assert_eq!(facts.demands.len(), 1);

    let facts = read_file("vercel.json", FileKind::Json, "{\"build\": {\"env\": {\"NEXT_PUBLIC_WS\": \"wss://x\"}}}");
    assert!(matches!(facts.pages[0].kind, PageKind::Hosting(_)));
    assert_eq!(&*facts.outside_settings[0].name, "NEXT_PUBLIC_WS");

    let manifest = |text| read_file("extension/manifest.json", FileKind::Json, text).pages;
    assert_eq!(manifest("{\"manifest_version\": 3, \"name\": \"Lens\"}")[0].kind, PageKind::Extension);
    assert_eq!(manifest("{\"name\": \"App\", \"display\": \"standalone\"}"), []);

    let facts = read_file(
        "pyproject.toml",
        FileKind::Toml,
        "[tool.poetry]\nname = \"api\"\n[tool.poetry.dependencies]\npython = \"^3\"\nFastAPI = {version = \"^0.1\", extras = [\"all\"]}\n",
    );
    let manifest = facts.manifest.expect("a manifest");
    assert_eq!(manifest.dependencies.len(), 1);
    assert_eq!(&*manifest.dependencies[0].name, "fastapi");

    let facts = read_file(
        ".github/workflows/ci.yml",
        FileKind::Yaml,
        "env:\n  A: 1\njobs:\n  build:\n    steps:\n      - run: |\n          docker build --build-arg VITE_API=$API .\n          echo \"VITE_WS=wss://x\" >> .env\n      - uses: docker/build-push-action@v5\n        with:\n          build-args: |\n            B=${{ secrets.B }}\n",
    );
    let names: Vec<_> = facts.outside_settings.iter().map(|setting| &*setting.name).collect();
    assert_eq!(names, ["A", "VITE_API", "VITE_WS", "B"]);
    assert!(facts.data.is_some());
}
