//! Texts that stand for unknown pieces of a path while a request is tried.

use super::answer::{Answer, Outcome};
use super::headers::HeaderValue;
use crate::model::{PathPiece, PathText};

/// Texts that stand for unknown pieces of a path.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct Witness {
    segment: &'static str,
    rest: &'static str,
}

/// Different enough that a choice that looks at the unknown part shows; ids do not look like file names.
pub(in crate::model) const WITNESSES: &[Witness] = &[
    Witness { segment: "wl0segment", rest: "wl0rest" },
    Witness { segment: "739051846", rest: "739051846/wl1rest" },
    Witness { segment: "5f0c-A_e1", rest: "5f0c-A_e1/x/y" },
];

/// The answer to a request with unknown pieces in its path: `None` when several texts in their place lead to different ends.
pub(in crate::model) fn answer_with_witnesses(
    path: &PathText,
    mut answer: impl FnMut(Witness) -> Answer,
) -> Option<Answer> {
    let mut first: Option<Answer> = None;
    for witness in WITNESSES {
        let found = answer(*witness);
        match &first {
            Some(first) if *first == found => {}
            Some(_) => return None,
            None => first = Some(found),
        }
        if path.0.iter().all(|piece| matches!(piece, PathPiece::Known(_))) {
            break;
        }
    }
    first
}

impl Witness {
    /// The path with a text for each unknown piece.
    pub(in crate::model) fn fill(self, path: &PathText) -> String {
        path.0
            .iter()
            .map(|piece| match piece {
                PathPiece::Known(text) => &**text,
                PathPiece::Segment => self.segment,
                PathPiece::Rest => self.rest,
            })
            .collect()
    }

    /// Puts the unknown pieces back into what came of the request.
    pub(in crate::model) fn restore(self, answer: Answer) -> Answer {
        let steps = answer.steps.into_iter().map(|(place, shows)| (place, self.restore_text(&shows))).collect();
        Answer { steps, outcome: self.restore_outcome(answer.outcome), ..answer }
    }

    fn restore_outcome(self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Proxied(mut proxied) => {
                proxied.path = self.restore_path(&proxied.path);
                for header in &mut proxied.headers.listed {
                    header.value = self.restore_value(header.value.clone());
                }
                Outcome::Proxied(proxied)
            }
            Outcome::Redirect { code, target, location, place, automatic_slash } => {
                let target = self.restore_text(&target).into();
                let location = self.restore_value(location);
                Outcome::Redirect { code, target, location, place, automatic_slash }
            }
            Outcome::Files { location, place, missing } => {
                let missing = missing.map(|answer| Box::new(self.restore(*answer)));
                Outcome::Files { location, place, missing }
            }
            other => other,
        }
    }

    /// A value with an unknown piece of the path in it.
    fn restore_value(self, value: HeaderValue) -> HeaderValue {
        match value {
            HeaderValue::Known(text) => HeaderValue::Known(self.restore_text(&text).into()),
            unknown @ HeaderValue::Unknown(_) => unknown,
        }
    }

    fn restore_text(self, text: &str) -> String {
        text.replace(self.rest, "{...}").replace(self.segment, "{...}")
    }

    fn restore_path(self, path: &PathText) -> PathText {
        let mut pieces = Vec::new();
        for piece in &path.0 {
            let PathPiece::Known(text) = piece else {
                pieces.push(piece.clone());
                continue;
            };
            let mut text: &str = text;
            while !text.is_empty() {
                let marks = [
                    (text.find(self.rest), self.rest, PathPiece::Rest),
                    (text.find(self.segment), self.segment, PathPiece::Segment),
                ];
                let next = marks
                    .into_iter()
                    .filter_map(|(at, mark, piece)| Some((at?, mark, piece)))
                    .min_by_key(|(at, ..)| *at);
                let Some((at, mark, unknown)) = next else {
                    pieces.push(PathPiece::Known(text.into()));
                    break;
                };
                if at > 0 {
                    pieces.push(PathPiece::Known(text.get(..at).unwrap_or_default().into()));
                }
                pieces.push(unknown);
                text = text.get(at + mark.len()..).unwrap_or_default();
            }
        }
        PathText(pieces)
    }
}
