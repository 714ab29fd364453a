//! The way between devices and server, as devices see it: they wish, and the hall says when and whether it comes
//! true. What is decided on either side is the programs' own code.

use domain::SiteId;
use protocol::{
    Cursor,
    client::{ClientError, Feed, Messages, Returning, Upstream},
    json,
    pairing::Paired,
    recovery::{HandBack, HandedBack},
    snapshot::{BoardSnapshot, KioskSnapshot},
    sse::Message,
    upload::{Acknowledged, Upload},
};
use serde::de::DeserializeOwned;
use std::{cell::RefCell, marker::PhantomData, rc::Rc, time::Duration};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// A device of the hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// A kiosk, by its place among them.
    Kiosk(usize),
    /// A board, by its place among them.
    Board(usize),
}

/// What a device asks of the server.
#[derive(Clone, Debug)]
pub enum Request {
    /// What it starts from.
    Snapshot,
    /// The stream from a place on.
    Open(Cursor),
    /// Facts, as the text that is sent.
    Upload(String),
    /// A part of what the server lost, as the text that is sent.
    HandBack(String),
    /// A lane for a new incarnation.
    Incarnation(Uuid),
}

/// What the server answers.
#[derive(Debug)]
pub enum Reply {
    /// As the text that is sent.
    Snapshot(String),
    /// A stream.
    Opened(mpsc::UnboundedReceiver<Message>),
    /// What it holds.
    Acknowledged(Acknowledged),
    /// Whether it wants more of what it lost.
    HandedBack(HandedBack),
    /// A lane.
    Paired(Box<Paired>),
}

/// An answer on its way to a device.
pub type Answer = oneshot::Sender<Result<Reply, ClientError>>;

/// What a device waits for.
#[derive(Debug)]
pub enum Wish {
    /// An answer.
    Ask(Node, Request, Answer),
    /// The end of a pause.
    Pause(Node, oneshot::Sender<()>),
}

/// What devices wished for and the hall has not taken up.
pub type Wishes = Rc<RefCell<Vec<Wish>>>;

/// One device's way to the server. `S` is what it starts from.
#[derive(Debug)]
pub struct Line<S> {
    node: Node,
    wishes: Wishes,
    starts_from: PhantomData<S>,
}

impl<S> Line<S> {
    /// The way of one device.
    pub fn new(node: Node, wishes: &Wishes) -> Self {
        Self { node, wishes: Rc::clone(wishes), starts_from: PhantomData }
    }

    async fn ask(&self, request: Request) -> Result<Reply, ClientError> {
        let (sender, answer) = oneshot::channel();
        self.wishes.borrow_mut().push(Wish::Ask(self.node, request, sender));
        answer.await.unwrap_or(Err(ClientError::BrokenStream))
    }
}

/// What a device starts from.
pub trait StartsFrom: DeserializeOwned {
    /// Where the stream goes on.
    fn cursor(&self) -> Cursor;
}

impl StartsFrom for KioskSnapshot {
    fn cursor(&self) -> Cursor {
        self.cursor
    }
}

impl StartsFrom for BoardSnapshot {
    fn cursor(&self) -> Cursor {
        self.cursor
    }
}

impl<S: StartsFrom> Feed for Line<S> {
    type Snapshot = S;
    type Messages = Told;

    async fn snapshot(&self) -> Result<(S, Cursor), ClientError> {
        let Reply::Snapshot(text) = self.ask(Request::Snapshot).await? else {
            return Err(ClientError::BrokenStream);
        };
        let snapshot: S = json::from_text(&text).map_err(|_| ClientError::BrokenStream)?;
        let cursor = snapshot.cursor();
        Ok((snapshot, cursor))
    }

    async fn open(&self, from: Cursor) -> Result<Told, ClientError> {
        match self.ask(Request::Open(from)).await? {
            Reply::Opened(messages) => Ok(Told(messages)),
            _ => Err(ClientError::BrokenStream),
        }
    }

    /// How long is drawn by the hall: the programs' own chance would not be the same again.
    async fn pause(&self, _pause: Duration) {
        let (sender, over) = oneshot::channel();
        self.wishes.borrow_mut().push(Wish::Pause(self.node, sender));
        // The hall ends every pause, unless the device ended before.
        let _over = over.await;
    }
}

impl<S: StartsFrom> Returning for Line<S> {
    async fn hand_back(&self, part: &HandBack) -> Result<HandedBack, ClientError> {
        let text = json::to_text(part).map_err(|_| ClientError::BrokenStream)?;
        match self.ask(Request::HandBack(text)).await? {
            Reply::HandedBack(answer) => Ok(answer),
            _ => Err(ClientError::BrokenStream),
        }
    }
}

impl Upstream for Line<KioskSnapshot> {
    async fn upload(&self, facts: &Upload) -> Result<Acknowledged, ClientError> {
        let text = json::to_text(facts).map_err(|_| ClientError::BrokenStream)?;
        match self.ask(Request::Upload(text)).await? {
            Reply::Acknowledged(held) => Ok(held),
            _ => Err(ClientError::BrokenStream),
        }
    }

    async fn new_incarnation(&self, incarnation: Uuid) -> Result<Paired, ClientError> {
        match self.ask(Request::Incarnation(incarnation)).await? {
            Reply::Paired(paired) => Ok(*paired),
            _ => Err(ClientError::BrokenStream),
        }
    }
}

/// An open stream, as its reader hears it.
#[derive(Debug)]
pub struct Told(mpsc::UnboundedReceiver<Message>);

impl Messages for Told {
    async fn next(&mut self) -> Result<Message, ClientError> {
        self.0.recv().await.ok_or(ClientError::BrokenStream)
    }
}

/// The site that every simulated hall is.
pub fn site() -> SiteId {
    SiteId::new("lille")
}
