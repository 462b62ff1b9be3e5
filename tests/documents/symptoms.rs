//! The pages of symptoms: each is in the list, and each names rules that exist.

use wirelint::rules::RULES;

use super::{markdown_below, text};

const LIST: &str = "docs/symptoms/README.md";

fn pages() -> Vec<String> {
    markdown_below("docs/symptoms").into_iter().filter(|page| page != LIST).collect()
}

#[test]
fn the_list_has_every_page() {
    let list = text(LIST);
    for page in pages() {
        let name = page.rsplit('/').next().unwrap_or_default();
        assert!(list.contains(&format!("]({name})")), "{LIST} does not name {name}");
    }
}

#[test]
fn every_page_leads_from_what_is_seen_to_a_rule_and_to_what_is_to_be_done() {
    for page in pages() {
        let content = text(&page);
        let mut rest = content.as_str();
        for heading in ["What you see", "What it means", "Which rule finds it", "What to do"] {
            let (_, after) =
                rest.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("{page}: {heading}"));
            rest = after;
        }
        let named = RULES.iter().filter(|rule| content.contains(&format!("[`{0}`](../../rules/{0}.md)", rule.id)));
        assert!(named.count() > 0, "{page} names no rule");
    }
}
