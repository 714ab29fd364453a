//! Reads `.slint` into tokens and elements, as far as the checks ask. What a block of code or of states says
//! is left out.

use std::collections::BTreeMap;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Word,
    Mark,
    /// The contents of a string without what `\{…}` puts in; those tokens follow.
    Text,
}

/// One token.
#[derive(Clone, Debug)]
pub struct Token {
    pub text: String,
    pub kind: Kind,
    /// From 1.
    pub line: usize,
}

impl Token {
    /// Whether it is this word or mark.
    pub fn is(&self, text: &str) -> bool {
        self.kind != Kind::Text && self.text == text
    }
}

/// The tokens of a file, without comments.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut reader = Reader { rest: source, line: 1 };
    let mut tokens = Vec::new();
    reader.read(None, &mut tokens);
    tokens
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    /// To the end, or to the closing brace of `\{…}`.
    fn read(&mut self, end: Option<char>, tokens: &mut Vec<Token>) {
        let mut depth = 0;
        while let Some(first) = self.rest.chars().next() {
            let line = self.line;
            let word = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
            let (kind, length) = match first {
                _ if first.is_whitespace() => {
                    self.take(first.len_utf8());
                    continue;
                }
                _ if self.rest.starts_with("//") => {
                    self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
                    continue;
                }
                _ if self.rest.starts_with("/*") => {
                    self.take(self.rest.find("*/").map_or(self.rest.len(), |at| at + 2));
                    continue;
                }
                '"' => {
                    self.string(tokens);
                    continue;
                }
                '}' if Some(first) == end && depth == 0 => return,
                _ if first.is_alphanumeric() || first == '_' => (Kind::Word, word.unwrap_or(self.rest.len())),
                _ if [":=", "=>", "==", "!=", "<=", ">="].iter().any(|mark| self.rest.starts_with(mark)) => {
                    (Kind::Mark, 2)
                }
                _ => (Kind::Mark, first.len_utf8()),
            };
            depth += i32::from(first == '{') - i32::from(first == '}');
            let text = self.take(length).to_owned();
            tokens.push(Token { text, kind, line });
        }
    }

    fn string(&mut self, tokens: &mut Vec<Token>) {
        let line = self.line;
        self.take(1);
        let (mut text, mut inside) = (String::new(), Vec::new());
        loop {
            let length = self.rest.find(['"', '\\']).expect("a string ends");
            text.push_str(self.take(length));
            if self.take(1) == "\"" {
                break;
            }
            match self.take(1) {
                "{" => {
                    self.read(Some('}'), &mut inside);
                    self.take(1);
                    text.push_str("{}");
                }
                "n" => text.push('\n'),
                "u" => {
                    let length = self.rest.find('}').expect("a character's number ends") + 1;
                    let number = u32::from_str_radix(&self.take(length)[1..length - 1], 16);
                    text.extend(number.ok().and_then(char::from_u32));
                }
                itself => text.push_str(itself),
            }
        }
        tokens.push(Token { text, kind: Kind::Text, line });
        tokens.append(&mut inside);
    }
}

/// An element, or a component, which is the element at its root.
#[derive(Debug, Default)]
pub struct Element {
    /// Its type; for a component what it inherits from.
    pub kind: String,
    /// The name, if it is a component.
    pub component: Option<String>,
    pub line: usize,
    /// What is bound or answered in it, with the tokens of the value; a block's are left out.
    pub bound: BTreeMap<String, Vec<Token>>,
    pub children: Vec<Element>,
}

/// The components of a file.
pub fn components(tokens: &[Token]) -> Vec<Element> {
    let mut file = Element::default();
    let mut at = 0;
    file.fill(tokens, &mut at);
    file.children.into_iter().filter(|element| element.component.is_some()).collect()
}

impl Element {
    /// Reads statements to the end, or past the brace that ends the element.
    fn fill(&mut self, tokens: &[Token], at: &mut usize) {
        let (mut head, mut depth) = (*at, 0);
        while let Some(token) = tokens.get(*at) {
            let statement = &tokens[head..*at];
            *at += 1;
            match token.text.as_str() {
                _ if token.kind != Kind::Mark => {}
                "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                _ if depth > 0 => {}
                ";" => {
                    self.bind(statement);
                    head = *at;
                }
                "}" => return,
                "{" => {
                    match Element::begins(statement) {
                        Some(mut element) => {
                            element.fill(tokens, at);
                            self.children.push(element);
                        }
                        None => {
                            self.bind(statement);
                            skip_block(tokens, at);
                        }
                    }
                    head = *at;
                }
                _ => {}
            }
        }
    }

    /// The element that the brace after `head` opens, if it is one.
    fn begins(head: &[Token]) -> Option<Element> {
        let last = head.last()?;
        let before = head.len().checked_sub(2).map(|at| &head[at]);
        let declares =
            |word: &str| head.iter().position(|token| token.is(word)).map(|at| head[at + 1].text.clone());
        let component = declares("component");
        let placed = before.is_none_or(|before| {
            [":=", ":", "inherits", "component", "children", "]"].iter().any(|mark| before.is(mark))
        });
        if !placed || last.kind != Kind::Word || !last.text.starts_with(char::is_uppercase) {
            return None;
        }
        let kind =
            if before.is_some_and(|it| it.is("component")) { String::new() } else { last.text.clone() };
        Some(Element { kind, component, line: last.line, ..Element::default() })
    }

    fn bind(&mut self, statement: &[Token]) {
        let statement = match statement {
            [at, children, rest @ ..] if at.is("@") && children.is("children") => rest,
            all => all,
        };
        // A ternary has its colon after the binding's own.
        let Some(colon) = statement.iter().position(|token| token.is(":") || token.is("=>")) else { return };
        let is_property = statement.iter().take(4).any(|token| token.is("property"));
        let name = if is_property { colon.checked_sub(1) } else { Some(0) };
        if let Some(name) = name.and_then(|at| statement.get(at)) {
            self.bound.insert(name.text.clone(), statement[colon + 1..].to_vec());
        }
    }

    /// Whether `name` is bound in it.
    pub fn binds(&self, name: &str) -> bool {
        self.bound.contains_key(name)
    }
}

fn skip_block(tokens: &[Token], at: &mut usize) {
    let mut depth = 1;
    while depth > 0 && *at < tokens.len() {
        depth += i32::from(tokens[*at].is("{")) - i32::from(tokens[*at].is("}"));
        *at += 1;
    }
    if tokens.get(*at).is_some_and(|token| token.is(";")) {
        *at += 1;
    }
}

/// What the reader must not miss.
mod tests {
    use super::{Kind, components, tokens};

    #[test]
    fn strings_lose_what_is_put_into_them_and_comments_are_left_out() {
        let source = "// \"no\"\ntext: \"Bonjour \\{a ? \"yes\" : { b }} !\" /* \"no\" */ + \"\\\"\";";
        let tokens = tokens(source);
        let texts: Vec<_> =
            tokens.iter().filter(|token| token.kind == Kind::Text).map(|token| token.text.as_str()).collect();
        assert_eq!((texts, tokens[0].line), (vec!["Bonjour {} !", "yes", "\""], 2));
    }

    #[test]
    fn elements_stand_in_each_other_and_code_is_no_element() {
        let source = "export component A inherits B { in property <string> label: x ? a : b; a: { c: 1 };
            @children
            t := T { clicked => { if x { U.y(); } } } for i in [{ d: 1 }]: E { f: g; } if (h): I { }
            animate j { k: 1; } }";
        let [a] = &components(&tokens(source))[..] else { panic!("one component") };
        let kinds: Vec<_> = a.children.iter().map(|child| child.kind.as_str()).collect();
        assert_eq!((a.component.as_deref(), a.kind.as_str(), kinds), (Some("A"), "B", vec!["T", "E", "I"]));
        assert!(
            a.binds("label") && a.binds("a") && a.children[0].binds("clicked") && a.children[1].binds("f")
        );
        assert_eq!(a.bound["label"].len(), 5);
    }
}
