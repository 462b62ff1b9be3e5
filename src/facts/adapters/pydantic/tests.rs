use crate::base::{Entry, FileKind, FileRole, RepoPath, Tracking};
use crate::facts::{Class, DefinitionValue, Expr, ExprKind, Op, Test, extract};

const SETTINGS: &str = r#"
from typing import Annotated, List
from pydantic import AnyHttpUrl, BeforeValidator, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

def parse_cors(v):
    if isinstance(v, str) and not v.startswith("["):
        return [i.strip() for i in v.split(",") if i.strip()]
    elif isinstance(v, list | str):
        return v
    raise ValueError(v)

class Base(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="APP_", env_file=".env")

class Settings(Base):
    host: str = "0.0.0.0"
    port: int = 8000
    origins: List[str] = ["http://localhost:3000"]
    urls: List[AnyHttpUrl] = ["http://localhost:3000"]
    named: str = Field("x", validation_alias="SITE_URL")
    split: Annotated[list[str], NoDecode] = []
    parsed: Annotated[list[str] | str, BeforeValidator(parse_cors)] = "http://a, http://b"
    changed: str = "a"
    required: str

    @field_validator("split", mode="before")
    @classmethod
    def comma(cls, v):
        if isinstance(v, str):
            return v.split(",")
        return v

    @field_validator("changed")
    def mix(cls, v):
        return shuffle(v)

    @property
    def all_origins(self):
        return [str(o).rstrip("/") for o in self.urls] + [self.named]
"#;

fn show(expr: &Expr) -> String {
    let list = |items: &[Expr]| items.iter().map(show).collect::<Vec<_>>().join(", ");
    match &expr.kind {
        ExprKind::Str(text) | ExprKind::Num(text) => text.to_string(),
        ExprKind::List(items) => format!("[{}]", list(items)),
        ExprKind::Env { name, .. } => format!("${name}"),
        ExprKind::Param(0) => "self".to_owned(),
        ExprKind::Member(object, name) => format!("{}.{name}", show(object)),
        ExprKind::Op(Op::Each(op), operands) => format!("Each{op:?}({})", list(operands)),
        ExprKind::Op(op, operands) => format!("{op:?}({})", list(operands)),
        ExprKind::Choice(arms) => {
            let arm = |arm: &crate::facts::Arm| {
                let guards = arm.guards.iter().map(|guard| match &guard.test {
                    Test::Defined(value) => format!("{} set", show(value)),
                    Test::StartsWith(value, start) => {
                        format!("{:?} {} starts {}", guard.sense, show(value), show(start))
                    }
                    test => format!("{test:?}"),
                });
                format!("{}: {}", guards.collect::<Vec<_>>().join(" and "), show(&arm.value))
            };
            format!("{{{}}}", arms.iter().map(arm).collect::<Vec<_>>().join("; "))
        }
        ExprKind::Hole(_) => "?".to_owned(),
        kind => format!("{kind:?}"),
    }
}

fn settings() -> Class {
    let entry = Entry {
        path: RepoPath::new("app/config.py").unwrap(),
        size: 0,
        kind: FileKind::Python,
        role: FileRole::Production,
        tracking: Tracking::Tracked,
    };
    let module = extract(&entry, SETTINGS).module.unwrap();
    let found = module.definitions.into_iter().find(|definition| &*definition.name == "Settings").unwrap();
    match found.value {
        DefinitionValue::Class(class) => class,
        other => panic!("{other:?}"),
    }
}

#[test]
fn fields_are_read_from_the_environment_by_type() {
    let class = settings();
    let value = |name: &str| {
        let field = class.fields.iter().find(|field| &*field.name == name).unwrap();
        field.value.as_ref().map(show).unwrap()
    };
    assert_eq!(value("host"), "{$APP_HOST set: $APP_HOST; : 0.0.0.0}");
    assert_eq!(value("port"), "{$APP_PORT set: ToNumber($APP_PORT); : 8000}");
    assert_eq!(value("origins"), "{$APP_ORIGINS set: ParseSetting($APP_ORIGINS); : [http://localhost:3000]}");
    assert_eq!(
        value("urls"),
        "{$APP_URLS set: EachUrlText(ParseSetting($APP_URLS)); : EachUrlText([http://localhost:3000])}"
    );
    assert_eq!(value("named"), "{$SITE_URL set: $SITE_URL; : x}");
    assert_eq!(value("split"), "{$APP_SPLIT set: Split($APP_SPLIT, ,); : []}");
    assert_eq!(
        value("parsed"),
        "{$APP_PARSED set: {Holds $APP_PARSED starts [: ParseSetting($APP_PARSED); : \
         {Fails $APP_PARSED starts [: DropEmpty(TrimEach(Split($APP_PARSED, ,))); : $APP_PARSED}}; \
         : DropEmpty(TrimEach(Split(http://a, http://b, ,)))}"
    );
    assert_eq!(value("changed"), "{$APP_CHANGED set: ?; : ?}");
    assert_eq!(value("required"), "$APP_REQUIRED");
    let (_, property) = class.methods.iter().find(|(name, _)| &**name == "all_origins").unwrap();
    assert_eq!(
        property.returns.as_ref().map(show).unwrap(),
        "Append(EachTrimEnd(EachToStr(self.urls), /), [self.named])"
    );
}
