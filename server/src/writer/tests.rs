use super::*;
use crate::store;
use futures_util::{future::join, poll};

#[tokio::test]
async fn everybody_in_a_group_that_a_full_disk_ended_is_told_why() {
    let folder = tempfile::TempDir::new().unwrap();
    let db = store::open_writer(&folder.path().join("guichet.sqlite3")).unwrap();
    let pages: u32 = db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    db.pragma_update(None, "max_page_count", pages).unwrap();
    let reserve = Arc::new(Reserve::at_start(folder.path()));
    let (writer, mut desk) = Writer::new(db, Sites::default(), BTreeMap::new(), Clock::default(), reserve);
    let much = |key: &'static str| {
        writer.run(move |unit| {
            let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2)";
            unit.db.execute(sql, [key, &"x".repeat(1 << 20)]).map_err(StoreError::from)?;
            Ok(())
        })
    };
    let mut both = Box::pin(join(much("one"), much("other")));
    assert!(poll!(&mut both).is_pending());
    assert!(desk.work_off());
    let (one, other) = both.await;
    assert!(matches!(one, Err(WriteError::DiskFull)), "{one:?}");
    assert!(matches!(other, Err(WriteError::DiskFull)), "{other:?}");
}
