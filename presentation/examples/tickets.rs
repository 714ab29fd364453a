//! Lays out one ticket of every kind and leaves the pictures in a folder:
//! `cargo run -p presentation --example tickets -- FOLDER`. Prints how long each took. A ticket in
//! text becomes the bytes for the printer instead of a picture.

use anyhow::{Context, Result};
use chrono::TimeZone;
use chrono_tz::Europe::Paris;
use domain::{Language, forecast::WaitRange};
use hardware::escpos::{Mode, Profile, encode};
use hardware::slip::Block;
use presentation::{Paper, Ticket, TicketQr, Typesetter, lay_out};
use std::{path::PathBuf, time::Instant};

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("name a folder for the pictures")?);
    std::fs::create_dir_all(&folder).context("cannot make the folder")?;
    let loading = Instant::now();
    let mut typesetter = Typesetter::new();
    println!("fonts loaded in {:?}", loading.elapsed());
    let wide = Paper { width_dots: 576, dpi: 203, mode: Mode::Raster };
    let epson = Paper { width_dots: 512, dpi: 180, mode: Mode::Raster };
    let narrow = Paper { width_dots: 384, dpi: 203, mode: Mode::Raster };
    let token = || TicketQr::Token("K7QX3M9K2V8RT4WZCQ2M5N6P7R".into());
    let kinds = [
        ("french", wide, ticket("fr")?),
        ("english", wide, ticket("en")?),
        ("arabic", wide, ticket("ar")?),
        ("duplicate", wide, Ticket { duplicate: true, ..ticket("en")? }),
        ("token", wide, Ticket { qr: token(), wait: None, ..ticket("fr")? }),
        ("wide-letter", wide, Ticket { number: "A278".parse()?, ..ticket("fr")? }),
        ("two-letters", wide, Ticket { number: "HK047".parse()?, slot: None, ..ticket("fr")? }),
        ("180-dpi", epson, ticket("fr")?),
        ("58-mm", narrow, ticket("en")?),
    ];
    for (name, paper, ticket) in kinds {
        let start = Instant::now();
        let slip = lay_out(&ticket, &paper, &mut typesetter)?;
        let took = start.elapsed();
        for block in &slip.blocks {
            if let Block::Image(picture) = block {
                let millimetres = picture.height_dots() as f32 * 25.4 / f32::from(paper.dpi);
                println!("{name}: {took:?}, {millimetres:.0} mm, {} bytes", picture.rows().len());
                std::fs::write(folder.join(format!("ticket-{name}.png")), picture.to_png()?)?;
            }
        }
    }
    let printer = Profile::built_in("serial-text")?;
    for language in ["fr", "en", "ar"] {
        let slip = lay_out(&ticket(language)?, &Paper::of(&printer), &mut typesetter)?;
        let bytes = encode(&slip, &printer)?;
        println!("text {language}: {} bytes", bytes.len());
        std::fs::write(folder.join(format!("ticket-text-{language}.bin")), bytes)?;
    }
    Ok(())
}

fn ticket(language: &str) -> Result<Ticket> {
    let at = |hour, minute| Paris.with_ymd_and_hms(2026, 11, 23, hour, minute, 0);
    Ok(Ticket {
        site: "Préfecture du Nord, Lille".into(),
        number: "H047".parse()?,
        language: Language::new(language),
        issued_at: at(9, 42).single().context("not one moment")?,
        service_label: match language {
            "ar" => "الخدمة أ",
            _ => "Service A",
        }
        .into(),
        service_label_fr: "Service A".into(),
        slot: at(10, 20).single(),
        wait: Some(WaitRange { from_minutes: 10, to_minutes: 20 }),
        qr: TicketQr::Url("https://accueil.nord.example/t/K7QX3M9K2V8RT4WZCQ2M5N6P7R".into()),
        kiosk: "Borne 2".into(),
        duplicate: false,
    })
}
