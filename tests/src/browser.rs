//! Debian's Chromium, driven over WebDriver, to see the console as an agent sees it.

use crate::process::Running;
use anyhow::Context;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::json;
use std::{net::TcpListener, path::Path, process::Command};

/// What the window's frame takes from its height, in pixels.
const FRAME: u32 = 143;

/// A browser window.
pub struct Browser {
    client: Client,
    _driver: Running,
}

impl Browser {
    /// Starts a browser without a screen. It believes the demonstration's certificate, which comes from
    /// an authority that no browser knows.
    ///
    /// # Errors
    /// If Chromium or its driver is not there.
    pub async fn start(folder: &Path, width: u32, height: u32) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}"));
        let driver = Running::start("chromedriver", command, folder)
            .context("is the package chromium-driver installed?")?;
        let profile = folder.join("chromium");
        let options = json!({ "goog:chromeOptions": { "args": [
            "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", "--lang=fr", "--force-device-scale-factor=1",
            format!("--window-size={width},{}", height + FRAME), format!("--user-data-dir={}", profile.display()),
        ], "prefs": { "intl.accept_languages": "fr" }}, "acceptInsecureCerts": true });
        let capabilities = options.as_object().cloned().unwrap_or_default();
        let url = format!("http://127.0.0.1:{port}");
        let client = connect(&url, &capabilities).await?;
        Ok(Self { client, _driver: driver })
    }

    /// Signs in to the console by its form.
    ///
    /// # Errors
    /// If the console does not let the agent in.
    pub async fn sign_in(&self, server: &str, name: &str, password: &str) -> anyhow::Result<()> {
        self.client.goto(&format!("{server}/console/sign-in")).await?;
        for (field, text) in [("name", name), ("password", password)] {
            self.client.find(Locator::Css(&format!("input[name={field}]"))).await?.send_keys(text).await?;
        }
        self.client.find(Locator::Css("main button[type=submit], main form button")).await?.click().await?;
        self.client.wait().for_url(&format!("{server}/console").parse()?).await?;
        Ok(())
    }

    /// Opens a page and pictures it when `selector` is there.
    ///
    /// # Errors
    /// If the page does not show what it should.
    pub async fn picture(&self, url: &str, selector: &str, to: &Path) -> anyhow::Result<()> {
        self.client.goto(url).await?;
        self.client.wait().for_element(Locator::Css(selector)).await?;
        std::fs::write(to, self.client.screenshot().await?)?;
        Ok(())
    }

    /// The window itself, for tests that press and read.
    pub fn window(&self) -> &Client {
        &self.client
    }

    /// Closes the browser.
    ///
    /// # Errors
    /// If it does not answer any more.
    pub async fn close(self) -> anyhow::Result<()> {
        Ok(self.client.close().await?)
    }
}

/// The driver takes a moment to listen.
async fn connect(
    url: &str,
    capabilities: &serde_json::Map<String, serde_json::Value>,
) -> anyhow::Result<Client> {
    let deadline = std::time::Instant::now() + crate::wait::PATIENCE;
    loop {
        let mut builder = ClientBuilder::rustls()?;
        match builder.capabilities(capabilities.clone()).connect(url).await {
            Ok(client) => return Ok(client),
            Err(error) if std::time::Instant::now() > deadline => return Err(error).context("no browser"),
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
}
