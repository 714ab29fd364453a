//! The network between devices and server: it loses, repeats, delays and cuts, and in a stream it keeps the order.

use super::{
    hall::{Hall, Happening},
    office::{Office, Outcome},
    wire::{Answer, Node, Reply, Request, Wish},
};
use protocol::{Cursor, client::ClientError, sse::Message};
use rand::Rng;
use server::api::tail::{self, Audience, Tail};
use std::collections::{BTreeMap, VecDeque};
use tokio::sync::{mpsc, oneshot};

/// How long a request may take, in milliseconds.
const REQUEST_MAX: i64 = 10_000;
/// A stream without a sign of life for so long is dead, in milliseconds.
const SILENCE_MAX: i64 = 25_000;
/// A sign of life, in milliseconds.
const BEAT: i64 = 10_000;

/// What a line does to what is sent.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    /// How likely a request or an answer is lost.
    pub lost: f64,
    /// How likely a request arrives once more, later.
    pub repeated: f64,
    /// The usual longest delay, in milliseconds.
    pub slow: i64,
    /// How likely something is under way for long.
    pub stuck: f64,
    /// Nothing passes until then.
    pub cut_until: i64,
}

/// The lines, the questions under way and the open streams.
#[derive(Default)]
pub struct Network {
    /// By device.
    pub weather: BTreeMap<Node, Weather>,
    asks: BTreeMap<u64, (Node, Answer)>,
    pauses: BTreeMap<u64, (Node, oneshot::Sender<()>)>,
    streams: BTreeMap<u64, Stream>,
    next: u64,
}

/// One open stream.
struct Stream {
    node: Node,
    /// Which run of the server holds it.
    run: u64,
    /// `None` when there is nothing more to say.
    tail: Option<Tail>,
    /// Said and not heard.
    under_way: VecDeque<Message>,
    /// How much may be under way before the server waits for the reader.
    window: usize,
    /// When what was said last arrives.
    arrives: i64,
    /// The reader.
    reader: Option<mpsc::UnboundedSender<Message>>,
    /// When the reader heard of the server last.
    heard: i64,
    /// Nothing passes any more, and the reader does not know it.
    is_broken: bool,
}

impl Network {
    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Ends every stream of the server that has just crashed: some readers are told, some only hear silence. Gives
    /// those that are told.
    pub fn break_streams(&mut self, mut is_told: impl FnMut() -> bool) -> Vec<Node> {
        let mut told = Vec::new();
        for stream in self.streams.values_mut() {
            stream.is_broken = true;
            if is_told() {
                stream.reader = None;
                told.push(stream.node);
            }
        }
        told
    }

    /// A device is gone: nobody waits for answers to it.
    pub fn forget(&mut self, node: Node) {
        self.streams.retain(|_, stream| stream.node != node);
    }
}

impl Hall {
    /// How long something is under way on a line, in milliseconds.
    fn delay(&mut self, node: Node) -> i64 {
        let weather = self.network.weather[&node].clone();
        let long = self.chance.random_bool(weather.stuck);
        self.chance.random_range(1..=if long { 6_000 } else { weather.slow.max(1) })
    }

    fn is_cut(&self, node: Node) -> bool {
        self.network.weather[&node].cut_until > self.now()
    }

    /// Takes up what devices wished for.
    pub(super) fn take_wishes(&mut self) {
        let wishes = self.wishes.take();
        for wish in wishes {
            match wish {
                Wish::Pause(node, over) => {
                    let id = self.network.id();
                    self.network.pauses.insert(id, (node, over));
                    let pause = self.chance.random_range(300..self.plan.pause_max);
                    self.after(pause, Happening::PauseOver(id));
                }
                Wish::Ask(node, request, answer) => self.ask(node, request, answer),
            }
        }
    }

    fn ask(&mut self, node: Node, request: Request, answer: Answer) {
        let id = self.network.id();
        self.network.asks.insert(id, (node, answer));
        let weather = self.network.weather[&node].clone();
        if !self.chance.random_bool(weather.lost) {
            let delay = self.delay(node);
            self.after(delay, Happening::Arrives { ask: id, node, request: request.clone() });
        }
        // What was given up by one side may still be on its way to the other.
        if !matches!(request, Request::Open(_)) && self.chance.random_bool(weather.repeated) {
            let later = self.chance.random_range(1_000..90_000);
            self.after(later, Happening::Arrives { ask: 0, node, request });
        }
        self.after(REQUEST_MAX, Happening::TimedOut(id));
    }

    /// A request reaches the server, if it is there.
    pub(super) fn arrive(&mut self, ask: u64, node: Node, request: Request) -> anyhow::Result<()> {
        if self.is_cut(node) || !self.office.is_running() {
            return Ok(());
        }
        self.note(format_args!("server hears {node:?} {ask}: {}", brief(&request)));
        let audience = if matches!(node, Node::Kiosk(_)) { Audience::Kiosk } else { Audience::Board };
        match request {
            Request::Snapshot => {
                let text = self.office.snapshot(audience, self.row(node).id)?;
                self.answer(ask, node, Ok(Reply::Snapshot(text)));
            }
            Request::Open(cursor) => {
                let tail = self.office.open(audience, cursor)?;
                self.open(ask, node, tail);
            }
            Request::Upload(text) => {
                let device = self.row(node);
                self.asked.insert(ask, node);
                self.office.facts(ask, device, &text)?;
                self.after(1, Happening::Work);
            }
            Request::HandBack(text) => {
                let device = self.row(node);
                self.asked.insert(ask, node);
                self.office.hand_back(ask, device, &text)?;
                self.after(1, Happening::Work);
            }
            Request::Incarnation(incarnation) => {
                let device = self.row(node);
                self.asked.insert(ask, node);
                self.office.incarnation(ask, device, incarnation);
                self.after(1, Happening::Work);
            }
        }
        Ok(())
    }

    /// The server has written what a device asked for.
    pub(super) fn written(&mut self, ask: u64, node: Node, outcome: Outcome) {
        let result = match outcome {
            Outcome::Acknowledged(held) => Ok(Reply::Acknowledged(held)),
            Outcome::HandedBack(answer) => Ok(Reply::HandedBack(answer)),
            Outcome::Granted(lane) => Ok(Reply::Paired(Box::new(Office::paired(&self.row(node), lane)))),
            Outcome::Refused(problem) => Err(ClientError::Refused(problem)),
            Outcome::Decided(_) | Outcome::Done => return,
        };
        self.answer(ask, node, result);
    }

    fn answer(&mut self, ask: u64, node: Node, result: Result<Reply, ClientError>) {
        if ask == 0 || self.chance.random_bool(self.network.weather[&node].lost) {
            return;
        }
        let delay = self.delay(node);
        self.after(delay, Happening::Answered { ask, node, result });
    }

    /// An answer reaches the device, if it still waits.
    pub(super) fn answered(&mut self, ask: u64, node: Node, result: Result<Reply, ClientError>) {
        if self.is_cut(node) {
            return;
        }
        if let Some((_, answer)) = self.network.asks.remove(&ask) {
            self.note(format_args!("{node:?} hears {ask}: {}", brief_result(&result)));
            // Whoever crashed meanwhile does not listen.
            let _listens = answer.send(result);
        }
    }

    /// A device gives up waiting for an answer.
    pub(super) fn time_out(&mut self, ask: u64) -> Option<Node> {
        let (node, answer) = self.network.asks.remove(&ask)?;
        let _listens = answer.send(Err(ClientError::BrokenStream));
        Some(node)
    }

    /// A pause is over.
    pub(super) fn pause_over(&mut self, id: u64) -> Option<Node> {
        let (node, over) = self.network.pauses.remove(&id)?;
        let _listens = over.send(());
        Some(node)
    }

    fn open(&mut self, ask: u64, node: Node, tail: Option<Tail>) {
        if ask == 0 || self.chance.random_bool(self.network.weather[&node].lost) {
            return;
        }
        let delay = self.delay(node);
        let (reader, messages) = mpsc::unbounded_channel();
        let has_tail = tail.is_some();
        let stream = Stream {
            node,
            run: self.office.run,
            tail,
            under_way: VecDeque::new(),
            window: self.chance.random_range(1..=64),
            arrives: self.now() + delay,
            reader: Some(reader),
            heard: self.now() + delay,
            is_broken: false,
        };
        let id = self.network.id();
        self.network.streams.insert(id, stream);
        self.after(delay, Happening::Answered { ask, node, result: Ok(Reply::Opened(messages)) });
        self.after(delay + SILENCE_MAX, Happening::Silence(id));
        if has_tail {
            self.after(0, Happening::Pump(id));
            self.after(BEAT, Happening::Beat(id));
        } else {
            self.say(id, tail::reset());
        }
    }

    fn say(&mut self, id: u64, message: Message) {
        let now = self.now();
        let Some(node) = self.network.streams.get(&id).map(|stream| stream.node) else { return };
        let delay = self.delay(node);
        let Some(stream) = self.network.streams.get_mut(&id) else { return };
        stream.arrives = stream.arrives.max(now + delay);
        let at = stream.arrives;
        stream.under_way.push_back(message);
        self.at(at, Happening::Deliver(id));
    }

    /// Every stream hears that the log grew.
    pub(super) fn pump_all(&mut self) {
        let ids: Vec<u64> = self.network.streams.keys().copied().collect();
        for id in ids {
            let delay = self.chance.random_range(0..20);
            self.after(delay, Happening::Pump(id));
        }
    }

    /// The server says on a stream what the reader does not have, as far as it takes it.
    pub(super) fn pump(&mut self, id: u64) -> anyhow::Result<bool> {
        loop {
            let run = self.office.run;
            let Some(stream) = self.network.streams.get_mut(&id) else { return Ok(false) };
            if stream.run != run || !self.office.is_running() || stream.under_way.len() >= stream.window {
                return Ok(false);
            }
            let Some(tail) = &mut stream.tail else { return Ok(false) };
            let site = super::wire::site();
            let Some(message) = tail.next(self.office.log(&site)?)? else { return Ok(true) };
            if tail::is_last(&message) {
                stream.tail = None;
            }
            self.say(id, message);
        }
    }

    /// It is time for a sign of life.
    pub(super) fn beat(&mut self, id: u64) -> anyhow::Result<()> {
        let run = self.office.run;
        let Some(stream) = self.network.streams.get(&id) else { return Ok(()) };
        if stream.run != run || !self.office.is_running() || stream.tail.is_none() {
            return Ok(());
        }
        // A sign of life may overtake what was written just now, never what was written before the one before it.
        let is_late = self.chance.random_bool(0.5);
        let is_whole = is_late || self.pump(id)?;
        let beat = tail::heartbeat(self.office.now()?);
        if let Some(beat) = beat.filter(|_| is_whole) {
            self.say(id, beat);
        }
        self.pump(id)?;
        self.after(BEAT, Happening::Beat(id));
        Ok(())
    }

    /// What was said on a stream reaches its reader.
    pub(super) fn deliver(&mut self, id: u64) -> Option<Node> {
        let now = self.now();
        let node = self.network.streams.get(&id)?.node;
        let cut_until = self.network.weather[&node].cut_until;
        if cut_until > now {
            // The connection survives, and what was said comes later; or it does not.
            let survives = self.chance.random_bool(0.5);
            let stream = self.network.streams.get_mut(&id)?;
            stream.is_broken |= !survives;
            stream.arrives = stream.arrives.max(cut_until);
            self.at(cut_until, Happening::Deliver(id));
            return None;
        }
        // What was said in quick succession may come at once.
        let at_once = if self.chance.random_bool(0.4) { 8 } else { 1 };
        let stream = self.network.streams.get_mut(&id)?;
        if stream.is_broken || stream.under_way.is_empty() {
            return None;
        }
        stream.heard = now;
        let come: Vec<Message> = stream.under_way.drain(..at_once.min(stream.under_way.len())).collect();
        let has_more = stream.tail.is_some();
        let is_over = come.last().is_some_and(tail::is_last);
        let hears = |message| stream.reader.as_ref().is_some_and(|reader| reader.send(message).is_ok());
        let read: Vec<String> =
            come.iter().map(|message| format!("{} {:?}", message.event, message.id)).collect();
        let cursors: Vec<Cursor> =
            come.iter().filter_map(|message| message.id.as_deref()?.parse().ok()).collect();
        if !come.into_iter().all(hears) {
            self.network.streams.remove(&id);
            return None;
        }
        self.note(format_args!("{node:?} reads {read:?}"));
        if let Node::Kiosk(place) = node {
            self.kiosks[place].heard.extend(cursors);
        }
        if has_more {
            self.after(0, Happening::Pump(id));
        } else if is_over {
            self.network.streams.remove(&id);
        }
        Some(node)
    }

    /// A reader that has heard nothing for too long gives the stream up.
    pub(super) fn silence(&mut self, id: u64) -> Option<Node> {
        let now = self.now();
        let stream = self.network.streams.get(&id)?;
        let due = stream.heard + SILENCE_MAX;
        if due > now {
            self.at(due, Happening::Silence(id));
            return None;
        }
        let node = stream.node;
        self.network.streams.remove(&id);
        self.note(format_args!("{node:?} hears nothing"));
        Some(node)
    }
}

fn brief(request: &Request) -> String {
    match request {
        Request::Upload(text) => format!("Upload {} {:x}", text.len(), super::hash_of(text)),
        Request::HandBack(text) => format!("HandBack {} {:x}", text.len(), super::hash_of(text)),
        other => format!("{other:?}"),
    }
}

fn brief_result(result: &Result<Reply, ClientError>) -> String {
    match result {
        Ok(Reply::Snapshot(text)) => format!("Snapshot {} {:x}", text.len(), super::hash_of(text)),
        Ok(Reply::Opened(_)) => "Opened".to_owned(),
        Ok(Reply::Acknowledged(held)) => format!("{held:?}"),
        Ok(Reply::HandedBack(answer)) => format!("{answer:?}"),
        Ok(Reply::Paired(paired)) => format!("Paired {:?}", paired.lane),
        Err(error) => error.to_string(),
    }
}
