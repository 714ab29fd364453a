use chrono::NaiveDate;
use domain::SiteId;
use server::{
    config::Config,
    replay::{day::*, measures::*, *},
    sample_day::*,
};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let seeds: u64 = a[1].parse().unwrap();
    let count: usize = a[2].parse().unwrap();
    let pool = a[3] == "pool";
    let forecasts = a[4] == "f";
    let stress = a.get(5).is_some();
    let config = Config::load(std::path::Path::new("samples/lille.toml")).unwrap();
    let id = SiteId::new("lille");
    let mut site = config.sites[&id].to_site(&id);
    for s in site.services.values_mut() {
        if let Some(w) = &mut s.walk_in {
            w.daily_limit = None;
        }
    }
    if pool {
        site = as_one_pool(&site);
    }
    site = if stress { scaled_to(&site, count as u16) } else { with_counters(&site, count) };
    let options = if stress {
        Options { bookings_per_slot: 4.1, walk_ins: 552, ..Options::default() }
    } else {
        Options::default()
    };
    let date = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let t = std::time::Instant::now();
    let days: Vec<Day> =
        (1..=seeds).map(|seed| Day::generated(&site, &SampleDay::generate(seed, date, &options))).collect();
    eprintln!("made {:?} {}", t.elapsed(), days[0].visitors.len());
    for policy in Policy::shipped().iter().take(if forecasts { 1 } else { 99 }) {
        let t = std::time::Instant::now();
        let half = days.len().div_ceil(2);
        let played: Vec<Played> = std::thread::scope(|s| {
            let hs: Vec<_> = days
                .chunks(half)
                .map(|c| s.spawn(move || c.iter().map(|d| play(d, policy, forecasts)).collect::<Vec<_>>()))
                .collect();
            hs.into_iter().flat_map(|h| h.join().unwrap()).collect()
        });
        let m = Measures::of(&played);
        print!(
            "{:32} kept {:.3} breach {:5.1}/{:5.1} idle {:.1}h vain {:.2}h over {:.0} away {} uns {} | ",
            policy.name,
            m.kept,
            m.breach_mean,
            m.breach_worst,
            m.idle_hours,
            m.idle_in_vain_hours,
            m.overtakings,
            m.turned_away,
            m.unserved
        );
        for (c, w) in &m.waits {
            print!(
                "{c:?} {} {:.1} {:.1} {:.1} {:.1} | ",
                w.count(),
                w.mean(),
                w.quantile(0.5),
                w.quantile(0.9),
                w.quantile(0.99)
            );
        }
        println!("{:?}", t.elapsed());
        if forecasts {
            fc(&played);
        }
    }
}
fn fc(played: &[Played]) {
    use std::collections::BTreeMap;
    let mut by: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    let (mut n, mut inn, mut inx, mut w, mut wx, mut zero, mut none) = (0, 0, 0, 0.0, 0.0, 0, 0);
    let (mut below, mut above) = (0, 0);
    for p in played {
        for t in &p.told {
            let o = &p.visitors[t.visitor];
            let Some(c) = o.called else { continue };
            let wait = minutes(c - o.arrival);
            let (Some(r), Some((lo, _mid, hi))) = (t.range, t.exact) else {
                none += 1;
                continue;
            };
            by.entry(t.position).or_default().push(wait);
            n += 1;
            if wait == 0.0 {
                zero += 1;
            }
            if (r.from_minutes as f64) <= wait && wait <= r.to_minutes as f64 {
                inn += 1;
            }
            if wait < r.from_minutes as f64 {
                below += 1;
            }
            if wait > r.to_minutes as f64 {
                above += 1;
            }
            if lo / 60.0 <= wait + 0.01 && wait <= hi / 60.0 + 0.01 {
                inx += 1;
            }
            w += (r.to_minutes - r.from_minutes) as f64;
            wx += (hi - lo) / 60.0;
        }
    }
    let mut ew = 0.0;
    let mut en = 0;
    for v in by.values() {
        let ws = Waits::new(v.clone());
        ew += (ws.quantile(0.9) - ws.quantile(0.1)) * v.len() as f64;
        en += v.len();
    }
    let nf = n as f64;
    println!(
        "  n {n} none {none} zero {:.3} coverage rounded {:.3} exact {:.3} below {:.3} above {:.3}; width rounded {:.2} exact {:.2} empirical {:.2} ratio {:.2} / {:.2}",
        zero as f64 / nf,
        inn as f64 / nf,
        inx as f64 / nf,
        below as f64 / nf,
        above as f64 / nf,
        w / nf,
        wx / nf,
        ew / en as f64,
        w / nf / (ew / en as f64),
        wx / nf / (ew / en as f64)
    );
}
