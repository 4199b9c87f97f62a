//! Markdown that strangers wrote, as HTML that is safe to show: parsed, then
//! cut down to an allow-list. No images (they would tell their host who reads),
//! no raw HTML, no way out of the text column.

use std::collections::HashSet;
use std::fmt;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// HTML that may go on a page as it is.
#[derive(Clone, Debug)]
pub struct SafeHtml(String);

impl fmt::Display for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for SafeHtml {}

/// Renders Markdown. Its highest heading is an h3, below the page's own.
pub fn markdown(text: &str) -> SafeHtml {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let highest = Parser::new_ext(text, options).filter_map(|event| heading(&event)).min().unwrap_or(1);
    let events = Parser::new_ext(text, options).filter_map(|event| tame(event, highest));
    let mut out = String::new();
    html::push_html(&mut out, events);
    SafeHtml(cleaner().clean(&out).to_string())
}

fn heading(event: &Event<'_>) -> Option<usize> {
    match event {
        Event::Start(Tag::Heading { level, .. }) => Some(*level as usize),
        _ => None,
    }
}

fn tame(event: Event<'_>, highest: usize) -> Option<Event<'_>> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Heading { level, id, classes, attrs }) => {
            Some(Event::Start(Tag::Heading { level: below(level, highest), id, classes, attrs }))
        }
        Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(below(level, highest)))),
        other => Some(other),
    }
}

/// A heading under the page's h1 and the section's h2.
fn below(level: HeadingLevel, highest: usize) -> HeadingLevel {
    HeadingLevel::try_from(level as usize - highest + 3).unwrap_or(HeadingLevel::H6)
}

fn cleaner() -> ammonia::Builder<'static> {
    let tags = [
        "p",
        "br",
        "hr",
        "em",
        "strong",
        "del",
        "code",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "a",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ];
    let mut builder = ammonia::Builder::empty();
    builder
        .tags(HashSet::from(tags))
        .tag_attributes([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))].into())
        .url_schemes(HashSet::from(["https", "http", "mailto"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("nofollow noopener noreferrer"));
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_links_are_kept() {
        let html = markdown("I **promise** [this](https://example.org).").to_string();
        assert_eq!(
            html,
            "<p>I <strong>promise</strong> <a href=\"https://example.org\" rel=\"nofollow noopener noreferrer\">this</a>.</p>\n"
        );
    }

    #[test]
    fn headings_stay_below_the_page_s_own() {
        assert_eq!(markdown("# Me").to_string(), "<h3>Me</h3>\n");
        assert_eq!(markdown("## Me\n### Why").to_string(), "<h3>Me</h3>\n<h4>Why</h4>\n");
        assert_eq!(markdown("# Me\n###### Why").to_string(), "<h3>Me</h3>\n<h6>Why</h6>\n");
    }

    #[test]
    fn nothing_that_runs_loads_or_frames_is() {
        let corpus = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "![x](https://evil.example/pixel.png)",
            "[x](javascript:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "<a href='vbscript:x'>y</a>",
            "<svg onload=alert(1)>",
            "<style>*{display:none}</style>",
            "<iframe src=//evil></iframe>",
            "[x](//evil.example)",
        ];
        for text in corpus {
            let page = scraper::Html::parse_fragment(&markdown(text).to_string());
            let bad =
                scraper::Selector::parse("script,img,svg,style,iframe,[onerror],[onload],[style],a[href]").unwrap();
            assert_eq!(page.select(&bad).count(), 0, "{text}: {}", page.html());
        }
    }
}
