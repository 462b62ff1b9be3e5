//! Expressions as short text, for tests and for people who look into wirelint.

use std::fmt::Write as _;

use super::{Arm, Expr, ExprKind, Guard, Op, Sense, Test};

/// `"ws://" + page.host + "/ws"`; `{https ? "wss" ; "ws"}` for choices; `?Reason` for holes; `$X` for environment reads.
#[must_use]
pub fn notation(expr: &Expr) -> String {
    let mut out = String::new();
    write(expr, &mut out);
    out
}

fn write(expr: &Expr, out: &mut String) {
    let _ = match &expr.kind {
        ExprKind::Str(text) => write!(out, "{text:?}"),
        ExprKind::Num(text) => write!(out, "{text}"),
        ExprKind::Bool(value) => write!(out, "{value}"),
        ExprKind::Undefined => write!(out, "undefined"),
        ExprKind::Null => write!(out, "null"),
        ExprKind::Regex { pattern, flags } => write!(out, "/{pattern}/{flags}"),
        ExprKind::Env { name, .. } => write!(out, "${name}"),
        ExprKind::Page(part) => write!(out, "page.{}", format!("{part:?}").to_lowercase()),
        ExprKind::Name(name) => write!(out, "{name}"),
        ExprKind::Param(index) => write!(out, "#{index}"),
        ExprKind::Captured(key, index) => write!(out, "#{key}.{index}"),
        ExprKind::Lambda(lambda) => {
            out.push_str("=> ");
            match &lambda.function.returns {
                Some(returns) => write(returns, out),
                None => out.push_str("nothing"),
            }
            Ok(())
        }
        ExprKind::Module(path) => write!(out, "module({path})"),
        ExprKind::File(path) => write!(out, "file({path})"),
        ExprKind::Hole(reason) => write!(out, "?{reason:?}"),
        ExprKind::Member(object, key) => {
            write(object, out);
            write!(out, ".{key}")
        }
        ExprKind::Spread(inner) => {
            out.push_str("...");
            write(inner, out);
            Ok(())
        }
        ExprKind::List(items) => {
            out.push('[');
            separated(items, ", ", out);
            out.push(']');
            Ok(())
        }
        ExprKind::Object(fields) => {
            out.push('{');
            for (index, field) in fields.iter().enumerate() {
                let _ = write!(out, "{}{}: ", if index == 0 { "" } else { ", " }, field.key);
                write(&field.value, out);
            }
            out.push('}');
            Ok(())
        }
        ExprKind::Call { callee, args, .. } => {
            write(callee, out);
            out.push('(');
            separated(args, ", ", out);
            out.push(')');
            Ok(())
        }
        ExprKind::Op(Op::Concat, parts) => {
            separated(parts, " + ", out);
            Ok(())
        }
        ExprKind::Op(op, parts) => {
            let _ = write!(out, "{op:?}(");
            separated(parts, ", ", out);
            out.push(')');
            Ok(())
        }
        ExprKind::Choice(arms) => {
            choice(arms, out);
            Ok(())
        }
    };
}

fn separated(items: &[Expr], separator: &str, out: &mut String) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        write(item, out);
    }
}

fn choice(arms: &[Arm], out: &mut String) {
    out.push('{');
    for (index, arm) in arms.iter().enumerate() {
        if index > 0 {
            out.push_str(" ; ");
        }
        for (index, guard) in arm.guards.iter().enumerate() {
            if index > 0 {
                out.push_str(" & ");
            }
            test(guard, out);
        }
        if !arm.guards.is_empty() {
            out.push_str(" ? ");
        }
        write(&arm.value, out);
    }
    out.push('}');
}

fn test(guard: &Guard, out: &mut String) {
    if guard.sense == Sense::Fails {
        out.push('!');
    }
    let mut binary = |a: &Expr, operator: &str, b: &Expr| {
        out.push('(');
        write(a, out);
        out.push_str(operator);
        write(b, out);
        out.push(')');
    };
    match &guard.test {
        Test::PageIsHttps => out.push_str("https"),
        Test::PageHostIs(hosts) => {
            let _ = write!(out, "host in {hosts:?}");
        }
        Test::PageHasPort => out.push_str("port"),
        Test::SchemeWithoutColon => out.push_str("scheme without colon"),
        Test::Mode(mode) => {
            let _ = write!(out, "mode {mode}");
        }
        Test::Defined(value) => {
            out.push_str("defined ");
            write(value, out);
        }
        Test::Truthy(value) => {
            out.push_str("truthy ");
            write(value, out);
        }
        Test::Equal(a, b) => binary(a, " == ", b),
        Test::StartsWith(a, b) => binary(a, " starts ", b),
        Test::EndsWith(a, b) => binary(a, " ends ", b),
        Test::Contains(a, b) => binary(a, " contains ", b),
        Test::InBrowser => out.push_str("browser"),
        Test::Opaque(text) => {
            let _ = write!(out, "<{text}>");
        }
    }
}
