//! Reads Rust into a row of tokens: without comments, without the items under `#[cfg(test)]`, with `use` trees
//! spelt out and with what each `#[expect]` excuses. The insides of macros are tokens like all others.

use proc_macro2::{Delimiter, Group, LineColumn, TokenStream, TokenTree};
use std::collections::BTreeMap;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A word, a number or a mark.
    Code,
    /// The contents of a string.
    Text,
    /// A word or a mark of an attribute.
    Attribute,
}

/// One token.
#[derive(Clone, Debug)]
pub struct Token {
    pub text: String,
    pub kind: Kind,
    /// From 1.
    pub line: usize,
    /// The lints that an `#[expect]` on an item around it excuses.
    pub excused: Vec<String>,
}

/// A source file.
#[derive(Debug, Default)]
pub struct Source {
    /// From the root of the repository.
    pub path: String,
    pub tokens: Vec<Token>,
    /// The lints that the whole file excuses, by `#![expect]`.
    pub excused_throughout: Vec<String>,
    /// The modules in files of their own that are compiled for tests only.
    pub test_modules: Vec<String>,
    /// What `use … as` calls differently: the new name and the path.
    renamed: BTreeMap<String, Vec<Token>>,
}

impl Source {
    /// Reads a file.
    pub fn read(path: &str, text: &str) -> Self {
        let stream: TokenStream = text.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut source = Self { path: path.to_owned(), ..Self::default() };
        source.level(&trees(stream), &[], true);
        source.undo_renaming();
        source
    }

    /// The places in the code where `pattern` stands, whatever the blanks and breaks between its tokens.
    pub fn find(&self, pattern: &str) -> Vec<&Token> {
        let code: Vec<&Token> = self.tokens.iter().filter(|token| token.kind == Kind::Code).collect();
        let wanted = tokens_of(pattern);
        code.windows(wanted.len())
            .filter(|window| window.iter().zip(&wanted).all(|(token, wanted)| token.text == wanted.text))
            .map(|window| window[0])
            .collect()
    }

    /// The same with what follows it.
    pub fn find_with_next(&self, pattern: &str) -> Vec<(&Token, &str)> {
        let found = self.find(pattern);
        let length = tokens_of(pattern).len();
        let next = |token: &Token| {
            let at = self.tokens.iter().position(|other| std::ptr::eq(other, token))?;
            self.tokens.get(at + length).map(|token| token.text.as_str())
        };
        found.into_iter().map(|token| (token, next(token).unwrap_or_default())).collect()
    }

    /// The strings of the code and of attributes, among them what errors say, but not of documentation.
    pub fn strings(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter().filter(|token| token.kind == Kind::Text)
    }

    /// Each function's name with the tokens of its body.
    pub fn functions(&self) -> Vec<(&str, &[Token])> {
        let starts = self.tokens.windows(2).enumerate().filter(|(_, pair)| pair[0].text == "fn");
        starts
            .filter_map(|(at, pair)| {
                let rest = &self.tokens[at..];
                let open = rest.iter().position(|token| token.text == "{" || token.text == ";")?;
                let mut depth = 0;
                let length = rest[open..].iter().position(|token| {
                    depth += i32::from(token.text == "{") - i32::from(token.text == "}");
                    depth == 0
                })?;
                Some((pair[1].text.as_str(), &rest[open..open + length]))
            })
            .collect()
    }

    fn level(&mut self, trees: &[TokenTree], excused: &[String], is_file: bool) {
        let mut excused = excused.to_vec();
        let mut at = 0;
        while at < trees.len() {
            if let Some(attribute) = Attribute::at(&trees[at..]) {
                let after = at + attribute.length;
                if attribute.is_test() && attribute.inner {
                    return;
                }
                if attribute.is_test() {
                    let end = after + item_length(&trees[after..]);
                    self.test_modules.extend(module_elsewhere(&trees[after..end]));
                    at = end;
                    continue;
                }
                self.attribute(&attribute);
                let lints = attribute.excused_lints();
                at = after;
                if lints.is_empty() {
                    continue;
                }
                if attribute.inner {
                    self.excused_throughout.extend(lints.iter().filter(|_| is_file).cloned());
                    excused.extend(lints);
                } else {
                    let end = after + item_length(&trees[after..]);
                    self.level(&trees[after..end], &[&excused[..], &lints].concat(), false);
                    at = end;
                }
            } else if is_word(&trees[at], "use") && !trees.get(at + 1).is_some_and(|next| is_mark(next, '<'))
            {
                let end = at + position(&trees[at..], |tree| is_mark(tree, ';'));
                self.use_tree(&[token(&trees[at])], &trees[at + 1..end - 1]);
                at = end;
            } else {
                self.tree(&trees[at], &excused);
                at += 1;
            }
        }
    }

    fn tree(&mut self, tree: &TokenTree, excused: &[String]) {
        let TokenTree::Group(group) = tree else {
            let mut token = token(tree);
            token.excused = excused.to_vec();
            return self.tokens.push(token);
        };
        let (open, close) = brackets(group);
        let mark = |text: &str, at: LineColumn| Token {
            text: text.to_owned(),
            kind: Kind::Code,
            line: at.line,
            excused: excused.to_vec(),
        };
        self.tokens.extend(open.map(|open| mark(open, group.span_open().start())));
        self.level(&trees(group.stream()), excused, false);
        self.tokens.extend(close.map(|close| mark(close, group.span_close().start())));
    }

    fn attribute(&mut self, attribute: &Attribute) {
        let before = self.tokens.len();
        if !attribute.words.starts_with("doc=") {
            self.tree(&TokenTree::Group(attribute.group.clone()), &[]);
        }
        self.tokens[before..].iter_mut().filter(|token| token.kind == Kind::Code).for_each(|token| {
            token.kind = Kind::Attribute;
        });
    }

    /// Spells out `use a::{b, c as d};` as `use a::b; use a::c;`, so that each path is found as a whole.
    fn use_tree(&mut self, prefix: &[Token], tree: &[TokenTree]) {
        for part in tree.split(|tree| is_mark(tree, ',')).filter(|part| !part.is_empty()) {
            let mut path = prefix.to_vec();
            if let [head @ .., TokenTree::Group(group)] = part {
                path.extend(head.iter().map(token));
                self.use_tree(&path, &trees(group.stream()));
                continue;
            }
            let rename = part.iter().position(|tree| is_word(tree, "as"));
            path.extend(part[..rename.unwrap_or(part.len())].iter().map(token));
            if let Some(name) = rename.and_then(|at| part.get(at + 1)) {
                self.renamed.insert(name.to_string(), path[1..].to_vec());
            }
            path.push(Token { text: ";".into(), ..path.last().unwrap().clone() });
            self.tokens.append(&mut path);
        }
    }

    fn undo_renaming(&mut self) {
        let tokens = std::mem::take(&mut self.tokens);
        let mut before = String::new();
        for token in tokens {
            let is_first = before != "." && before != ":";
            before.clone_from(&token.text);
            match self.renamed.get(&token.text).filter(|_| is_first && token.kind == Kind::Code) {
                Some(path) => self.tokens.extend(path.iter().map(|part| Token {
                    line: token.line,
                    excused: token.excused.clone(),
                    ..part.clone()
                })),
                None => self.tokens.push(token),
            }
        }
    }
}

/// The tokens that a pattern asks for.
fn tokens_of(pattern: &str) -> Vec<Token> {
    let mut source = Source::default();
    trees(pattern.parse().unwrap()).iter().for_each(|tree| source.tree(tree, &[]));
    source.tokens
}

/// `#[…]` or `#![…]`.
struct Attribute {
    inner: bool,
    group: Group,
    /// What stands in it, without blanks.
    words: String,
    length: usize,
}

impl Attribute {
    fn at(trees: &[TokenTree]) -> Option<Self> {
        if !is_mark(trees.first()?, '#') {
            return None;
        }
        let inner = is_mark(trees.get(1)?, '!');
        let length = 2 + usize::from(inner);
        match trees.get(length - 1)? {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
                let words = group.stream().to_string().split_whitespace().collect();
                Some(Self { inner, group: group.clone(), words, length })
            }
            _ => None,
        }
    }

    fn is_test(&self) -> bool {
        self.words == "cfg(test)" || self.words.starts_with("cfg(all(test,")
    }

    fn excused_lints(&self) -> Vec<String> {
        let Some(rest) = self.words.strip_prefix("expect(") else { return Vec::new() };
        // Without a reason it excuses nothing.
        let Some((lints, _)) = rest.split_once("reason=") else { return Vec::new() };
        lints.split(',').filter(|lint| !lint.is_empty()).map(str::to_owned).collect()
    }
}

/// How many trees the item (or statement, field, arm …) at the beginning takes, with its own attributes.
fn item_length(trees: &[TokenTree]) -> usize {
    let mut start = 0;
    while let Some(attribute) = Attribute::at(&trees[start..]) {
        start += attribute.length;
    }
    let words: Vec<String> = trees[start..]
        .iter()
        .take_while(|tree| matches!(tree, TokenTree::Ident(_) | TokenTree::Group(_)))
        .map(ToString::to_string)
        .filter(|word| word != "pub" && !word.starts_with('('))
        .collect();
    let word = |at: usize| words.get(at).map(String::as_str).unwrap_or_default();
    let item = &trees[start..];
    let is_body =
        |tree: &TokenTree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let is_end = |tree: &TokenTree| is_mark(tree, ';');
    start
        + match word(0) {
            "const" if !matches!(word(1), "fn" | "unsafe" | "async" | "extern") => position(item, is_end),
            "use" | "let" | "static" | "type" => position(item, is_end),
            "const" | "fn" | "mod" | "struct" | "enum" | "union" | "impl" | "trait" | "unsafe" | "async"
            | "extern" | "macro_rules" => position(item, |tree| is_end(tree) || is_body(tree)),
            _ => loose_length(item, is_body),
        }
}

/// The same of what is no item: to the comma or semicolon (not a comma between `<` and `>`), or a body that
/// nothing goes on from.
fn loose_length(trees: &[TokenTree], is_body: impl Fn(&TokenTree) -> bool) -> usize {
    let mut angles = 0;
    for (at, tree) in trees.iter().enumerate() {
        let is_arrow = at > 0 && (is_mark(&trees[at - 1], '-') || is_mark(&trees[at - 1], '='));
        angles += i32::from(is_mark(tree, '<')) - i32::from(is_mark(tree, '>') && !is_arrow);
        let goes_on = trees.get(at + 1).is_some_and(|next| match next {
            TokenTree::Punct(mark) => mark.as_char() != '#',
            next => is_word(next, "else"),
        });
        if is_mark(tree, ';') || (is_mark(tree, ',') && angles <= 0) || (is_body(tree) && !goes_on) {
            return at + 1;
        }
    }
    trees.len()
}

/// The name of the module, where the item is `mod name;`.
fn module_elsewhere(item: &[TokenTree]) -> Option<String> {
    match item {
        [.., keyword, name, end] if is_word(keyword, "mod") && is_mark(end, ';') => Some(name.to_string()),
        _ => None,
    }
}

fn trees(stream: TokenStream) -> Vec<TokenTree> {
    stream.into_iter().collect()
}

/// The place after the first tree that fits, or the end.
fn position(trees: &[TokenTree], fits: impl Fn(&TokenTree) -> bool) -> usize {
    trees.iter().position(fits).map_or(trees.len(), |at| at + 1)
}

fn is_mark(tree: &TokenTree, mark: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == mark)
}

fn is_word(tree: &TokenTree, word: &str) -> bool {
    matches!(tree, TokenTree::Ident(ident) if ident == word)
}

fn brackets(group: &Group) -> (Option<&'static str>, Option<&'static str>) {
    match group.delimiter() {
        Delimiter::Parenthesis => (Some("("), Some(")")),
        Delimiter::Brace => (Some("{"), Some("}")),
        Delimiter::Bracket => (Some("["), Some("]")),
        Delimiter::None => (None, None),
    }
}

fn token(tree: &TokenTree) -> Token {
    let text = tree.to_string();
    let (kind, text) = match text.find('"') {
        Some(open) if matches!(tree, TokenTree::Literal(_)) && !text.starts_with(['\'', 'b']) => {
            let inside = &text[open + 1..text.rfind('"').unwrap()];
            (Kind::Text, inside.replace("\\n", " ").replace('\\', " "))
        }
        _ => (Kind::Code, text),
    };
    Token { text, kind, line: tree.span().start().line, excused: Vec::new() }
}

/// What the reader must not miss, and what it must not see.
mod tests {
    use super::Source;

    fn lines(text: &str, pattern: &str) -> Vec<usize> {
        Source::read("a.rs", text).find(pattern).iter().map(|token| token.line).collect()
    }

    #[test]
    fn only_the_item_under_cfg_test_is_left_out() {
        let text = "#[cfg(test)]\nmod tests {\n fn a() { x.unwrap(); }\n}\nfn b() {\n y\n .unwrap();\n}\n\
                    #[cfg(test)]\nuse a::{b, c};\nstruct S<A, B> { #[cfg(test)] d: Map<A, B>, e: E }\n\
                    #[cfg(test)]\nmod apart;\nfn f() { z.unwrap() }";
        assert_eq!(lines(text, ".unwrap()"), [7, 14]);
        assert_eq!((lines(text, "d: Map").len(), lines(text, "e: E").len()), (0, 1));
        assert_eq!(Source::read("a.rs", text).test_modules, ["apart"]);
    }

    #[test]
    fn macros_are_read_and_comments_and_strings_are_not() {
        let text = "//! x.unwrap()\n/* x.unwrap() */ fn a() {\n say!(\"x.unwrap()\", x.unwrap());\n}";
        assert_eq!(lines(text, ".unwrap()"), [3]);
    }

    #[test]
    fn uses_are_spelt_out_and_renaming_is_undone() {
        let text = "use std::{fs, net::{TcpStream as T, *}};\nfn a() {\n T::connect(x.T);\n}";
        assert_eq!((lines(text, "std::fs"), lines(text, "std::net::TcpStream")), (vec![1], vec![1, 3]));
        assert_eq!(lines(text, "TcpStream::connect"), [3]);
        assert_eq!(lines("pub use a::{B, C};", "pub use a").len(), 1);
    }

    #[test]
    fn an_expect_excuses_its_own_item_alone() {
        let text = "#[expect(clippy::unwrap_used, reason = \"so\")]\nfn a() { x.unwrap() }\nfn b() { x.unwrap() }\n\
                    fn c() { #[expect(clippy::unwrap_used, reason = \"so\")]\nlet x = y.unwrap();\nz.unwrap(); }\n\
                    #[expect(clippy::unwrap_used)]\nfn without_a_reason() { x.unwrap() }";
        let source = Source::read("a.rs", text);
        let found = source.find(".unwrap()");
        let open: Vec<usize> =
            found.iter().filter(|token| token.excused.is_empty()).map(|token| token.line).collect();
        assert_eq!((found.len(), open), (5, vec![3, 6, 8]));
        assert!(source.excused_throughout.is_empty());
        let whole = Source::read("a.rs", "#![expect(clippy::unwrap_used, reason = \"so\")]\nfn a() {}");
        assert_eq!(whole.excused_throughout, ["clippy::unwrap_used"]);
    }
}
