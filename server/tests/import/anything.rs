//! Any bytes at all: the import answers, and never loads what the file does not say.

use crate::{HEADER, lille, parse, sample_path, secret};
use proptest::prelude::*;
use std::fs;

/// The committed sample's last lines, which are enough to tear.
fn short_sample() -> Vec<u8> {
    let text = fs::read_to_string(sample_path("lille-2026-11-23.csv")).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    lines[..1].iter().chain(&lines[lines.len() - 8..]).copied().collect::<String>().into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_make_it_fail(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _parsed = parse(bytes);
    }

    #[test]
    fn no_text_under_a_right_header_makes_it_fail(text in "[ -~;\"\r\nàœ€]{0,200}") {
        let _parsed = parse(format!("{HEADER}\r\n{text}"));
    }

    #[test]
    fn no_word_for_a_date_or_a_time_makes_it_fail(
        date in "[0-9/.: Tà+-]{0,16}|([a-zé]{3,9} )?[0-9]{1,9} (mars|août|décembre) -?[0-9]{1,9}",
        time in "[0-9:h +-]{0,8}",
    ) {
        let _parsed = parse(format!("{HEADER}\r\nRDV-1;\"{date}\";\"{time}\";RT;;;;;;\r\n"));
    }

    #[test]
    fn a_file_torn_anywhere_is_refused_or_whole_up_to_there(cut in any::<prop::sample::Index>()) {
        let bytes = short_sample();
        let all = parse(&bytes).bookings;
        let parsed = parse(&bytes[..cut.index(bytes.len())]);
        if parsed.faults.is_empty() {
            prop_assert_eq!(&parsed.bookings[..], &all[..parsed.bookings.len()]);
        }
    }

    #[test]
    fn what_a_tool_writes_is_what_is_read(
        names in proptest::collection::vec("[A-Za-zÀ-ÿ;,\"'’ -]{0,30}", 1..12),
        separator in prop_oneof![Just(b';'), Just(b','), Just(b'\t')],
    ) {
        let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
        writer.write_record(HEADER.split(';')).unwrap();
        for (number, name) in names.iter().enumerate() {
            let reference = format!("RDV-{number}");
            writer.write_record([&reference, "23/11/2026", "9h05", "RT", name, "", "", "", "", ""]).unwrap();
        }
        let (site, mapping) = lille();
        let parsed = server::import::parse(&writer.into_inner().unwrap(), &mapping, &site, &secret());
        prop_assert_eq!(&parsed.faults, &[]);
        let read: Vec<_> = parsed.bookings.iter().map(|b| b.person.last_name.clone().unwrap_or_default()).collect();
        let written: Vec<_> = names.iter().map(|name| name.trim().to_owned()).collect();
        prop_assert_eq!(read, written);
    }
}
