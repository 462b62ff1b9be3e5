//! Stages of a Dockerfile: which of them make an image, and what they take from the build context.

use std::collections::BTreeSet;

use super::{Dockerfile, Expr, Mount, Stage};
use crate::base::{Limit, Span};

/// Copies of earlier stages that are held against later ones: stages that copy everything from each other multiply them.
const COPIES: Limit = Limit::new(
    10_000,
    "copies of earlier stages in one Dockerfile",
    "what else the image holds is unknown",
    "copy from fewer stages, or leave the Dockerfile out with `exclude` in `wirelint.toml`",
);

impl Dockerfile {
    /// About how many lines say something.
    #[must_use]
    pub fn lines(&self) -> usize {
        let of_stage = |stage: &Stage| stage.args.len() + stage.env.len() + stage.copies.len() + stage.runs.len();
        self.global_args.len() + self.stages.iter().map(|stage| 1 + of_stage(stage)).sum::<usize>()
    }

    /// The stage before number `before` that a name or number means.
    #[must_use]
    pub fn stage_named(&self, name: &str, before: usize) -> Option<usize> {
        let by_name = self
            .stages
            .iter()
            .take(before)
            .rposition(|stage| stage.name.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name)));
        by_name.or_else(|| name.parse().ok().filter(|index| *index < before))
    }

    /// The stage and those that it starts from, the outermost base first.
    #[must_use]
    pub fn stage_line(&self, stage: usize) -> Vec<usize> {
        let mut line = vec![stage];
        let mut current = stage;
        while let Some(from) = self.stages.get(current).and_then(|stage| stage.from.as_str())
            && let Some(base) = self.stage_named(from, current)
        {
            line.insert(0, base);
            current = base;
        }
        line
    }

    /// The stages that the line of a stage copies from, and those that these come from; in order.
    #[must_use]
    pub fn stages_behind(&self, stage: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut pending = self.stage_line(stage);
        while let Some(index) = pending.pop() {
            let copies = self.stages.get(index).map(|stage| stage.copies.as_slice()).unwrap_or_default();
            for other in copies.iter().filter_map(|copy| self.stage_named(copy.from_stage.as_deref()?, index)) {
                pending.extend(self.stage_line(other).into_iter().filter(|behind| found.insert(*behind)));
            }
        }
        found
    }

    /// What `COPY` and `ADD` of each stage take from the build context, by themselves or (those keep `from_stage`) through the
    /// stages that they copy from. Whether such a source is a file, a folder or only the result of a build is not known here:
    /// all readings are there, and those of which nothing is in the repository mean nothing.
    #[must_use]
    pub fn context_copies(&self) -> Vec<Vec<Mount>> {
        self.context_copies_in(|_, copy| copy.clone())
    }

    /// The same for one build, in which `known` puts the arguments of the build into the paths of a stage's `COPY`.
    #[must_use]
    pub fn context_copies_in(&self, known: impl Fn(usize, &Mount) -> Mount) -> Vec<Vec<Mount>> {
        self.copies_up_to_the_bound(known).0
    }

    /// Where the copies of stages are too many to be followed, with the bound.
    #[must_use]
    pub fn cut(&self) -> Option<(Span, Limit)> {
        self.copies_up_to_the_bound(|_, copy| copy.clone()).1.map(|span| (span, COPIES))
    }

    /// The copies of all stages, and the first one that was not followed.
    fn copies_up_to_the_bound(&self, known: impl Fn(usize, &Mount) -> Mount) -> (Vec<Vec<Mount>>, Option<Span>) {
        let mut all: Vec<Vec<Mount>> = Vec::new();
        let mut cut = None;
        let mut looked_at = 0;
        for (index, stage) in self.stages.iter().enumerate() {
            let mut own = Vec::new();
            for copy in stage.copies.iter().map(|copy| known(index, copy)) {
                let Some(name) = &copy.from_stage else {
                    own.push(copy);
                    continue;
                };
                let line = self.stage_named(name, index).map(|other| self.stage_line(other)).unwrap_or_default();
                for earlier in line.iter().filter_map(|behind| all.get(*behind)).flatten() {
                    looked_at += 1;
                    if looked_at > COPIES.most_items() {
                        cut.get_or_insert(copy.source.span);
                        break;
                    }
                    own.extend(carried(earlier, &copy));
                }
            }
            all.push(own);
        }
        (all, cut)
    }
}

/// What `copy` hands on of that which `earlier` put into the stage that it reads.
fn carried(earlier: &Mount, copy: &Mount) -> Vec<Mount> {
    let texts = (earlier.source.as_str(), earlier.target.as_str(), copy.source.as_str(), copy.target.as_str());
    let (Some(source), Some(placed), Some(wanted), Some(target)) = texts else { return Vec::new() };
    let mount = |source: String, target: String| Mount {
        source: Expr::str(copy.source.span, &source),
        target: Expr::str(copy.target.span, &target),
        ..copy.clone()
    };
    // the root is the empty text
    let wanted = format!("/{}", wanted.trim_matches('/'));
    let wanted = wanted.trim_end_matches('/');
    let folder = placed.trim_end_matches('/');
    if wanted == folder {
        return vec![mount(source.to_owned(), target.to_owned())];
    }
    let bare = source.trim_end_matches('/');
    if let Some(rest) = below(wanted, folder) {
        let name = bare.rsplit('/').next().unwrap_or(bare);
        let alone = (name == rest).then(|| mount(source.to_owned(), target.to_owned()));
        return alone.into_iter().chain([mount(format!("{bare}/{rest}"), target.to_owned())]).collect();
    }
    match below(placed, wanted) {
        Some(rest) => vec![mount(source.to_owned(), format!("{}/{rest}", target.trim_end_matches('/')))],
        None => Vec::new(),
    }
}

/// The path from `folder` to `path`, when it lies below it.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    path.strip_prefix(folder)?.strip_prefix('/').filter(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;

    #[test]
    fn a_copy_from_a_stage_hands_on_what_the_stage_took() {
        let mount = |source: &str, target: &str| Mount {
            span: Span::default(),
            source: Expr::str(Span::default(), source),
            target: Expr::str(Span::default(), target),
            from_stage: None,
        };
        for (earlier, copy, expected) in [
            (
                (".", "/app/"),
                ("/app/nginx.conf", "/etc/nginx/nginx.conf"),
                vec!["./nginx.conf > /etc/nginx/nginx.conf"],
            ),
            (
                ("web/", "/app"),
                ("app/deploy/a.conf", "/etc/nginx/conf.d/"),
                vec!["web/deploy/a.conf > /etc/nginx/conf.d/"],
            ),
            (
                ("web/nginx.conf", "/app/"),
                ("/app/nginx.conf", "/etc/nginx/"),
                vec!["web/nginx.conf > /etc/nginx/", "web/nginx.conf/nginx.conf > /etc/nginx/"],
            ),
            (("conf", "/srv/conf"), ("/srv", "/opt"), vec!["conf > /opt/conf"]),
            (("conf/", "/srv/"), ("/srv/", "/etc/nginx"), vec!["conf/ > /etc/nginx"]),
            (("rootfs/", "/"), ("/", "/"), vec!["rootfs/ > /"]),
            (("conf", "/srv/conf"), ("/", "/"), vec!["conf > /srv/conf"]),
            (("web", "/app"), ("/application/a.conf", "/etc/"), vec![]),
            ((".", "/"), ("/a.conf", "/etc/nginx/nginx.conf"), vec!["./a.conf > /etc/nginx/nginx.conf"]),
        ] {
            let found = carried(&mount(earlier.0, earlier.1), &mount(copy.0, copy.1));
            let shown: Vec<String> = found
                .iter()
                .map(|mount| format!("{} > {}", mount.source.as_str().unwrap(), mount.target.as_str().unwrap()))
                .collect();
            assert_eq!(shown, expected, "{earlier:?} {copy:?}");
        }
    }
}
