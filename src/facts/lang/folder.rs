//! The folder that an expression of a path names, as far as its texts say.

use std::sync::Arc;

/// The texts of an expression of a path, joined: `path.join(__dirname, '..', 'client', 'dist')` names `client/dist`. Where
/// that is depends on the folder of the file or of the process; parts that lead upwards are left out.
#[must_use]
pub fn tail<S: AsRef<str>>(texts: &[S]) -> Option<Arc<str>> {
    let names = texts.iter().flat_map(|text| text.as_ref().split(['/', '\\']));
    let names: Vec<&str> = names.filter(|name| !matches!(*name, "" | "." | "..")).collect();
    let is_name = |name: &&str| name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    (!names.is_empty() && names.iter().all(is_name)).then(|| Arc::from(names.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upward_parts_are_left_out() {
        assert_eq!(tail(&["..", "client", "./dist/"]).as_deref(), Some("client/dist"));
        assert_eq!(tail(&["../web"]).as_deref(), Some("web"));
        assert_eq!(tail(&[".."]), None);
        assert_eq!(tail(&["a*b"]), None);
        assert_eq!(tail::<&str>(&[]), None);
    }
}
