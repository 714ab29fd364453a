//! What people see and touch: invariant 7. The ticket's sentences come from `presentation`, whose own tests
//! hold its catalogues against what its code says.

use crate::{
    files::{none, root, texts},
    rust::{self, Source},
    slint::{Element, Kind, Token, components, tokens},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// The crates with screens.
const SCREENS: &[&str] = &["kiosk/ui", "display-board/ui"];

/// Texts with letters that are the same in every language, or that nobody sees.
const NOT_TRANSLATED: &[(&str, &str)] = &[
    ("kiosk/ui/ui/app.slint", "Guichet"),
    ("display-board/ui/ui/board-window.slint", "Guichet"),
    // Each language is named in itself, and chosen by its code.
    ("kiosk/ui/ui/components/language-switch.slint", "Français"),
    ("kiosk/ui/ui/components/language-switch.slint", "fr"),
    ("kiosk/ui/ui/components/language-switch.slint", "English"),
    ("kiosk/ui/ui/components/language-switch.slint", "en"),
    ("kiosk/ui/ui/contract.slint", "fr"),
    // Names of drawings, as the site's configuration gives them.
    ("kiosk/ui/ui/components/service-key.slint", "desk"),
    ("kiosk/ui/ui/components/service-key.slint", "document"),
    ("kiosk/ui/ui/components/service-key.slint", "computer"),
    ("kiosk/ui/ui/components/service-key.slint", "card"),
    ("kiosk/ui/ui/components/service-key.slint", "vehicle"),
    // What is typed on the machine.
    ("kiosk/ui/ui/pages/operator-list.slint", "guichet-kiosk set-pin"),
    // Fonts.
    ("presentation/ui/theme.slint", "Atkinson Hyperlegible Next"),
    ("presentation/ui/theme.slint", "Noto Sans Arabic"),
];

/// Where a finger is only noticed: nothing happens that a screen reader would have to offer.
const SIGNS_OF_LIFE: &[&str] = &["kiosk/ui/ui/app.slint", "kiosk/ui/ui/components/idle-warning.slint"];

fn slint_files() -> Vec<(String, Vec<Token>)> {
    let files = texts(|path| path.ends_with(".slint"));
    assert!(files.len() > 30, "the check looks at the wrong folder: {} files", files.len());
    files.into_iter().map(|(path, text)| (path, tokens(&text))).collect()
}

/// Whether somebody would read it: `H` and `· 3` are no words, `Bonjour {}` has one.
fn has_words(text: &str) -> bool {
    text.chars().filter(|character| character.is_alphabetic()).count() > 1
}

/// A text that is translated: `@tr("context" => "text" | "plural" % n, …)`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Message {
    context: Option<String>,
    text: String,
    plural: Option<String>,
}

/// What a file says: its messages with their component, and the other strings that somebody may read.
fn said(tokens: &[Token]) -> (Vec<(Message, String)>, Vec<&Token>) {
    let (mut messages, mut bare, mut component) = (Vec::new(), Vec::new(), String::new());
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at..] {
            [keyword, name, ..] if keyword.is("component") || keyword.is("global") => {
                component.clone_from(&name.text);
            }
            [mark, macro_name, _open, rest @ ..] if mark.is("@") && macro_name.is("tr") => {
                let end = rest.iter().position(|token| token.is(",") || token.is(")") || token.is("%"));
                let parts = &rest[..end.expect("@tr( ends")];
                messages.push((message(parts), component.clone()));
                at += 3 + parts.len();
                continue;
            }
            [mark, macro_name, ..] if mark.is("@") && macro_name.is("image-url") => at += 3,
            [import, path, ..] if import.is("import") || import.is("from") => {
                at += usize::from(path.kind == Kind::Text);
            }
            [token, ..] if token.kind == Kind::Text && has_words(&token.text) => bare.push(token),
            _ => {}
        }
        at += 1;
    }
    (messages, bare)
}

fn message(parts: &[Token]) -> Message {
    let text = |at: usize| parts.get(at).map(|token| token.text.clone());
    let is = |at: usize, mark: &str| parts.get(at).is_some_and(|token| token.is(mark));
    let start = if is(1, "=>") { 2 } else { 0 };
    Message {
        context: text(0).filter(|_| start > 0),
        text: text(start).expect("@tr has a text"),
        plural: text(start + 2).filter(|_| is(start + 1, "|")),
    }
}

#[test]
fn every_visible_string_is_translatable() {
    let mut strays = Vec::new();
    let mut unused: BTreeSet<(&str, &str)> = NOT_TRANSLATED.iter().copied().collect();
    for (path, tokens) in slint_files() {
        for token in said(&tokens).1 {
            let place = (path.as_str(), token.text.as_str());
            unused.retain(|known| *known != place);
            if !NOT_TRANSLATED.contains(&place) {
                strays.push(format!("{path}:{}: \"{}\"", token.line, token.text));
            }
        }
    }
    strays.extend(unused.iter().map(|(path, text)| format!("{path}: \"{text}\" is allowed and not there")));
    none(&strays);
}

/// The entries of a `.po` file with their translations. Each begins after an empty line.
fn catalogue(file: &str) -> Vec<(Message, Vec<String>)> {
    let text = |line: &str| {
        let inside = &line[line.find('"').unwrap() + 1..line.rfind('"').unwrap()];
        inside.replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\")
    };
    let entry = |block: &str| {
        let mut parts: BTreeMap<&str, String> = BTreeMap::new();
        let mut key = "";
        for line in block.lines().filter(|line| !line.starts_with('#')) {
            key = line.split_whitespace().next().filter(|word| !word.starts_with('"')).unwrap_or(key);
            parts.entry(key).or_default().push_str(&text(line));
        }
        let id = parts.get("msgid").filter(|id| !id.is_empty())?.clone();
        let translations = parts.iter().filter(|(key, _)| key.starts_with("msgstr"));
        let translations = translations.map(|(_, text)| text.clone()).collect();
        let part = |key: &str| parts.get(key).cloned();
        Some((Message { context: part("msgctxt"), text: id, plural: part("msgid_plural") }, translations))
    };
    file.split("\n\n").filter_map(entry).collect()
}

/// The languages that a crate ships, with their catalogues.
fn catalogues(folder: &str) -> BTreeMap<String, String> {
    let prefix = format!("{folder}/lang/");
    let files = texts(|path| path.starts_with(&prefix) && path.ends_with(".po"));
    files
        .into_iter()
        .map(|(path, text)| (path[prefix.len()..].split('/').next().unwrap().into(), text))
        .collect()
}

#[test]
fn every_text_is_in_every_shipped_language() {
    let mut strays = Vec::new();
    let files = slint_files();
    for folder in SCREENS {
        // Slint looks a text up under the name of its component, unless the build says otherwise.
        let build = fs::read_to_string(root().join(folder).join("build.rs")).unwrap();
        let by_component = !build.contains("DefaultTranslationContext::None");
        let ours = files.iter().filter(|(path, _)| path.starts_with(&format!("{folder}/")));
        let messages = ours.flat_map(|(_, tokens)| said(tokens).0).map(|(message, component)| Message {
            context: message.context.or(by_component.then_some(component)),
            ..message
        });
        let messages: BTreeSet<Message> = messages.collect();
        assert!(messages.len() > 10, "{folder} says nothing");
        for (language, file) in catalogues(folder) {
            let entries: BTreeMap<_, _> = catalogue(&file).into_iter().collect();
            let mut tell = |message: &Message, what: &str| {
                strays.push(format!("{folder} {language}: {what}: {:?}", message.text));
            };
            messages.iter().filter(|it| !entries.contains_key(it)).for_each(|it| tell(it, "not translated"));
            entries.keys().filter(|it| !messages.contains(it)).for_each(|it| tell(it, "no longer said"));
            let is_empty = |translations: &Vec<String>| {
                translations.is_empty() || translations.iter().any(|text| text.trim().is_empty())
            };
            entries.iter().filter(|(_, it)| is_empty(it)).for_each(|(it, _)| tell(it, "empty"));
            let gaps = |text: &str| text.matches('{').count();
            let has_other_gaps = |message: &Message, translations: &Vec<String>| {
                translations.iter().any(|text| gaps(text) != gaps(&message.text))
            };
            let other = entries.iter().filter(|(message, it)| has_other_gaps(message, it));
            other.for_each(|(message, _)| tell(message, "has other placeholders"));
            if file.lines().any(|line| line.starts_with("#,") && line.contains("fuzzy")) {
                strays.push(format!("{folder} {language}: a fuzzy translation"));
            }
        }
    }
    none(&strays);
    let elsewhere = files.iter().filter(|(path, _)| !SCREENS.iter().any(|folder| path.starts_with(folder)));
    for (path, tokens) in elsewhere {
        assert!(said(tokens).0.is_empty(), "{path} says something, and no catalogue is there for it");
    }
    let languages: BTreeSet<Vec<String>> =
        SCREENS.iter().map(|folder| catalogues(folder).into_keys().collect()).collect();
    assert!(languages.len() == 1 && languages.iter().all(|all| all.contains(&"fr".into())), "{languages:?}");
}

fn is_announced(element: &Element) -> bool {
    ["accessible-role", "accessible-label", "accessible-action-default"]
        .iter()
        .all(|name| element.binds(name))
}

/// The touch areas in `element`, each with the line of the announced element around it.
fn touched<'a>(element: &'a Element, around: Option<usize>, found: &mut Vec<(&'a Element, Option<usize>)>) {
    let around = if is_announced(element) { Some(element.line) } else { around };
    if element.kind == "TouchArea" {
        found.push((element, around));
    }
    element.children.iter().for_each(|child| touched(child, around, found));
}

/// Tells what can be touched in a file and is not announced, or shares its announcement.
fn unannounced(path: &str, components: &[Element]) -> Vec<String> {
    let mut found = Vec::new();
    components.iter().for_each(|component| touched(component, None, &mut found));
    let mut seen = BTreeSet::new();
    found.retain(|(area, around)| match around {
        Some(line) => !seen.insert(*line),
        None => area.binds("clicked") || !SIGNS_OF_LIFE.contains(&path),
    });
    let line = |area: &Element| {
        format!("{path}:{}: touchable without a role, a label and an action of its own", area.line)
    };
    found.into_iter().map(|(area, _)| line(area)).collect()
}

#[test]
fn whatever_can_be_touched_has_a_role_and_a_label() {
    let mut strays = Vec::new();
    for (path, tokens) in slint_files() {
        let components = components(&tokens);
        let areas = tokens.windows(2).filter(|pair| pair[0].is("TouchArea") && pair[1].is("{")).count();
        let mut found = Vec::new();
        components.iter().for_each(|component| touched(component, None, &mut found));
        assert_eq!(found.len(), areas, "{path}: a touch area was not read");
        strays.extend(unannounced(&path, &components));
    }
    none(&strays);
}

/// The property of the element that its `name` takes its value from, if it is left to whoever uses it.
fn left_to_users(component: &Element, name: &str) -> Option<String> {
    match &component.bound.get(name)?[..] {
        [root, dot, property, ..] if root.is("root") && dot.is(".") && !component.binds(&property.text) => {
            Some(property.text.clone())
        }
        _ => None,
    }
}

/// Each component whose label its users must give, with the property they give it by.
fn labelled_by_users<'a>(components: impl Iterator<Item = &'a Element>) -> BTreeMap<String, String> {
    let components: Vec<&Element> = components.collect();
    let mut properties: BTreeMap<String, String> = BTreeMap::new();
    for component in components.iter().copied().filter(|component| is_announced(component)) {
        let property = left_to_users(component, "accessible-label");
        properties.extend(component.component.clone().zip(property));
    }
    loop {
        let before = properties.len();
        for component in &components {
            let Some(inherited) = properties.get(&component.kind) else { continue };
            let property = match component.binds(inherited) {
                true => left_to_users(component, inherited),
                false => Some(inherited.clone()),
            };
            properties.extend(component.component.clone().zip(property));
        }
        if properties.len() == before {
            return properties;
        }
    }
}

/// The elements in `element` that need a label from it and have none.
fn without_label<'a>(
    element: &'a Element,
    properties: &BTreeMap<String, String>,
    found: &mut Vec<&'a Element>,
) {
    let lacks = |child: &&Element| properties.get(&child.kind).is_some_and(|property| !child.binds(property));
    found.extend(element.children.iter().filter(lacks));
    element.children.iter().for_each(|child| without_label(child, properties, found));
}

#[test]
fn whoever_uses_a_button_names_it() {
    let files: Vec<(String, Vec<Element>)> =
        slint_files().into_iter().map(|(path, tokens)| (path, components(&tokens))).collect();
    let properties = labelled_by_users(files.iter().flat_map(|(_, components)| components));
    assert!(properties.len() >= 3, "the buttons are not found: {properties:?}");
    let mut strays = Vec::new();
    for (path, components) in &files {
        let mut found = Vec::new();
        components.iter().for_each(|component| without_label(component, &properties, &mut found));
        strays.extend(found.iter().map(|it| format!("{path}:{}: a {} without a label", it.line, it.kind)));
    }
    none(&strays);
}

/// Attributes that are shown or read aloud.
const SHOWN: &[&str] = &["title", "alt", "placeholder", "label", "aria-label", "aria-description"];

/// The words that stand in a page itself: between its tags and in attributes that are shown.
fn words_of_page(page: &str) -> Vec<String> {
    let mut page = page.to_owned();
    for (open, close) in [("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("<!--", "-->")] {
        while let Some(start) = page.find(open) {
            let end = page[start..].find(close).map_or(page.len(), |at| start + at + close.len());
            page.replace_range(start..end, " ");
        }
    }
    let (mut words, mut rest) = (Vec::new(), page.as_str());
    while let Some(open) = rest.find('<') {
        let (shown, length) = tag(&rest[open..]);
        words.push(&rest[..open]);
        words.extend(shown);
        rest = &rest[open + length..];
    }
    words.push(rest);
    let words = words.into_iter().map(|text| without_entities(text).trim().to_owned());
    words.filter(|text| has_words(text)).collect()
}

/// What the tag at the beginning shows by its attributes, and its length.
fn tag(text: &str) -> (Vec<&str>, usize) {
    let (mut shown, mut at) = (Vec::new(), 0);
    while let Some(mark) = text[at..].find(['>', '"', '\'']).map(|next| at + next) {
        let quote = &text[mark..=mark];
        if quote == ">" {
            return (shown, mark + 1);
        }
        let name = text[at..mark].trim_end_matches('=').rsplit(char::is_whitespace).next();
        let end = text[mark + 1..].find(quote).map_or(text.len(), |length| mark + 1 + length);
        if name.is_some_and(|name| SHOWN.contains(&name)) {
            shown.push(&text[mark + 1..end]);
        }
        at = (end + 1).min(text.len());
    }
    (shown, text.len())
}

/// Signs written as `&nbsp;` are no words.
fn without_entities(text: &str) -> String {
    let mut parts = text.split('&');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once(';').map_or(part, |(_, rest)| rest))
}

#[test]
fn the_pages_take_their_words_from_the_list() {
    let pages = texts(|path| path.starts_with("server/templates/") && path.ends_with(".html"));
    assert!(pages.len() > 5, "the pages are not found");
    let mut strays = Vec::new();
    for (path, page) in pages {
        // The sign of the unit is the same in both languages.
        let words = words_of_page(&page).into_iter().filter(|words| words != "min");
        strays.extend(words.map(|words| format!("{path}: {words}")));
    }
    none(&strays);
}

#[test]
fn the_list_of_words_says_the_same_in_both_languages() {
    let path = "server/src/console/words.rs";
    let source = Source::read(path, &fs::read_to_string(root().join(path)).unwrap());
    let gaps = |text: &str| -> BTreeSet<String> {
        text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).map(str::to_owned).collect()
    };
    let is_text = |token: &rust::Token| token.kind == rust::Kind::Text;
    let mut pairs = 0;
    for line in source.tokens.windows(6).filter(|line| line[1].text == ":" && line[5].text == ";") {
        let [name, _, french, comma, english, _] = line else { continue };
        if !is_text(french) || comma.text != "," || !is_text(english) {
            continue;
        }
        pairs += 1;
        assert!(has_words(&french.text) && has_words(&english.text), "{} is empty", name.text);
        assert_eq!(gaps(&french.text), gaps(&english.text), "{} has other gaps", name.text);
    }
    assert!(pairs > 60, "the list of words is not found: {pairs}");
}

/// What the checks must not miss.
mod tests {
    use super::{has_words, said, unannounced, words_of_page};
    use crate::slint::{components, tokens};

    fn bare(source: &str) -> Vec<String> {
        said(&tokens(source)).1.into_iter().map(|token| token.text.clone()).collect()
    }

    #[test]
    fn words_are_found_wherever_they_stand() {
        assert_eq!(bare("text: \"Bonjour \\{name}\";"), ["Bonjour {}"]);
        assert_eq!(bare("text: \"Wort \" + x;"), ["Wort "]);
        assert_eq!(bare("text: c ? \"A b\"\n : @tr(\"C d\");"), ["A b"]);
        assert_eq!(bare("anything:\n  \"over\n lines\";"), ["over\n lines"]);
        assert_eq!(bare("text: @tr(\"a {}\", \"bare\");"), ["bare"]);
        assert!(
            bare("import { A } from \"file.slint\"; i: @image-url(\"file.svg\"); t: \"\\{n} · \";")
                .is_empty()
        );
        assert!(!has_words("H000"));
    }

    #[test]
    fn messages_have_contexts_and_plurals() {
        let source = tokens("component C { t: @tr(\"c\" => \"{n} a\" | \"{n} b\" % n); }");
        let (message, component) = said(&source).0.remove(0);
        let parts = (message.context.as_deref(), message.text.as_str(), message.plural.as_deref());
        assert_eq!((parts, component.as_str()), ((Some("c"), "{n} a", Some("{n} b")), "C"));
    }

    #[test]
    fn each_touch_area_needs_an_announcement_of_its_own() {
        let announced = "accessible-role: button; accessible-label: root.l; accessible-action-default => { }";
        let strays = |source: String| unannounced("a.slint", &components(&tokens(&source))).len();
        let area = "TouchArea { clicked => { } }";
        assert_eq!(strays(format!("component A {{ {announced} B {{ {area} }} }}")), 0);
        assert_eq!(strays(format!("component A {{ {announced} {area} {area} }}")), 1);
        assert_eq!(strays(format!("component A {{ {announced} }} component B {{ t := {area} }}")), 1);
        assert_eq!(strays("component A inherits TouchArea { clicked => { } }".into()), 1);
        assert_eq!(strays("component A { TouchArea { } }".into()), 1);
    }

    #[test]
    fn words_in_a_page_are_found() {
        let page = "<p class=\"{% if a > b %}one{% endif %} two\">{{ w.x }} Bonjour&nbsp;!</p>\
                    <a title='Aller' href=\"/x\" aria-label=\"{{ w.y }}\">{{ n }} · </a>";
        assert_eq!(words_of_page(page), ["Bonjour!", "Aller"]);
    }
}
