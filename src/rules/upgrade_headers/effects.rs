//! What a back end does that does not learn the address that the browser used.

use crate::model::{ForwardedEffect, ForwardedProblem};
use crate::rules::words::{self, About};

/// The end of a sentence that names the problem.
pub(super) fn of(problem: &ForwardedProblem, effect: &ForwardedEffect, about: &About<'_>) -> String {
    let back_end = about.back_end();
    match effect {
        ForwardedEffect::HostRefused(list) => {
            format!("and the {back_end} answers 400 to hosts other than {}", words::short_list(list, 4))
        }
        ForwardedEffect::HostInvalid => {
            "and Django answers 400, whatever `ALLOWED_HOSTS` says: a host name has no underscore".to_owned()
        }
        ForwardedEffect::OriginRefused if *problem == ForwardedProblem::NoOrigin => {
            format!("and the {back_end}, which demands the Origin of a page that it knows, refuses every handshake")
        }
        ForwardedEffect::AnswersUnread => {
            format!(
                "and the {back_end} sends its CORS headers only where an Origin comes, so no page of another origin may read an answer"
            )
        }
        ForwardedEffect::OriginRefused => {
            format!(
                "and the {back_end}, which compares the Origin of a page with the address that it was asked at, refuses the site's own pages"
            )
        }
        ForwardedEffect::EndlessRedirect => {
            format!("so the {back_end} redirects every request to https again, without end")
        }
        ForwardedEffect::FormsRefused if matches!(problem, ForwardedProblem::Host(_)) => {
            "and the CSRF check, which compares the Origin of a form with the Host of its request, answers 403"
                .to_owned()
        }
        ForwardedEffect::FormsRefused => {
            "so the CSRF check compares the `https` Origin of a form with an `http` address and answers 403".to_owned()
        }
        ForwardedEffect::OwnAddress if matches!(problem, ForwardedProblem::Host(_)) => {
            format!(
                "and the {back_end}, which is told to take the host from its proxy, makes links and redirects of it"
            )
        }
        ForwardedEffect::OwnAddress => {
            format!(
                "so the {back_end}, which is told to take the scheme from its proxy, takes every request for plain http: its redirects, absolute links and checks for https go wrong"
            )
        }
    }
}
