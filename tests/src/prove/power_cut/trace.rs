//! What a program did to the disk and said to the world, in order: the system calls that `strace` wrote down.
//!
//! A line stands where the call began, and another where it ended if something else came between. Causes keep
//! their order: whatever a thread does after a call returned stands below the line of that return.

use anyhow::{Context, bail, ensure};
use std::{collections::BTreeMap, ffi::OsString, os::unix::ffi::OsStringExt, path::PathBuf};

/// The calls by which a program can change a disk, or speak over a socket.
/// Those with a question mark are not on every machine.
const CALLS: &str = "openat,?open,?creat,lseek,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,\
    ?rename,?renameat,renameat2,?unlink,unlinkat,?link,linkat,symlinkat,fsync,fdatasync,copy_file_range,sendfile,\
    sendto,recvfrom";

/// The command that writes a program's calls to a file. The program stays the child of whoever starts this.
pub fn strace(file: &std::path::Path) -> Vec<OsString> {
    let words = ["strace", "-D", "-f", "--seccomp-bpf", "-yy", "-xx", "-s", "100000000", "-e"];
    let mut command = words.map(OsString::from).to_vec();
    command.push(format!("trace={CALLS}").into());
    command.extend(["-o".into(), file.into(), "--".into()]);
    command
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The line on which it began.
    pub began: usize,
    /// The line on which it ended; the largest number if it never did.
    pub ended: usize,
    /// What was done.
    pub deed: Deed,
}

/// What a call does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A file is opened; made if it was not there, emptied if that was asked.
    Open { path: PathBuf, create: bool, empty: bool },
    /// Bytes of a file are written.
    Write { path: PathBuf, offset: u64, data: Vec<u8> },
    /// Bytes are written to a file, and nobody knows where: it was opened before the program began.
    WriteSomewhere { path: PathBuf },
    /// A file gets a length.
    Resize { path: PathBuf, length: u64 },
    /// A name goes over to another.
    Rename { from: PathBuf, to: PathBuf },
    /// A name goes away.
    Unlink { path: PathBuf },
    /// Everything of a file or a folder has to be on the disk.
    Sync { path: PathBuf },
    /// Bytes leave over a socket.
    Sent { socket: String, data: Vec<u8> },
    /// Bytes came over a socket.
    Received { socket: String, data: Vec<u8> },
}

/// Everything that was done, in the order in which it began.
///
/// # Errors
/// If a line is not understood: nothing may be missed.
pub fn read(text: &str) -> anyhow::Result<Vec<Call>> {
    let mut calls = Vec::new();
    let mut open: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    let mut positions = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if rest.starts_with("+++") || rest.starts_with("---") {
            continue;
        }
        if let Some(begun) = rest.strip_suffix(" <unfinished ...>") {
            open.insert(thread, (number, begun.to_owned()));
            continue;
        }
        let (began, whole) = match rest.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>")) {
            Some((_, end)) => {
                let (began, begun) =
                    open.remove(thread).with_context(|| format!("line {number} has no beginning"))?;
                (began, begun + end)
            }
            None => (number, rest.to_owned()),
        };
        let deed = deed(&whole, &mut positions).with_context(|| format!("line {}", number + 1))?;
        calls.extend(deed.map(|deed| Call { began, ended: number, deed }));
    }
    for (began, begun) in open.into_values() {
        // The program was ended in the middle of it: it may have happened.
        let whole = format!("{begun}) = {}", i64::MAX);
        let deed = deed(&whole, &mut positions)?;
        calls.extend(deed.map(|deed| Call { began, ended: usize::MAX, deed }));
    }
    calls.sort_by_key(|call| call.began);
    Ok(calls)
}

/// What a whole call does; `None` if it failed or concerns nothing that is kept. `positions` is where the next
/// write of each open file goes, where that is known.
fn deed(whole: &str, positions: &mut BTreeMap<u32, u64>) -> anyhow::Result<Option<Deed>> {
    let (name, rest) = whole.split_once('(').context("no call")?;
    let (arguments, result) = rest.rsplit_once(" = ").context("no result")?;
    let arguments = arguments.trim_end().strip_suffix(')').context("no end")?;
    let result = result.split(['<', ' ']).next().unwrap_or_default();
    let Ok(result) = result.parse::<i64>() else { return Ok(None) };
    if result < 0 {
        return Ok(None);
    }
    let count = usize::try_from(result)?;
    let texts = texts(arguments)?;
    let data = || texts.concat().into_iter().take(count).collect::<Vec<u8>>();
    let place = |index: usize| texts.get(index).cloned().map(path).context("no path");
    let last = || arguments.rsplit(", ").next().unwrap_or_default().parse::<u64>().context("no number");
    Ok(match name {
        "openat" | "open" | "creat" => {
            positions.insert(u32::try_from(result).unwrap_or(u32::MAX), 0);
            let has = |flag| arguments.contains(flag) || name == "creat";
            Some(Deed::Open { path: place(0)?, create: has("O_CREAT"), empty: has("O_TRUNC") })
        }
        "rename" | "renameat" | "renameat2" => Some(Deed::Rename { from: place(0)?, to: place(1)? }),
        "unlink" | "unlinkat" => Some(Deed::Unlink { path: place(0)? }),
        "link" | "linkat" | "symlinkat" | "truncate" => bail!("{name} is not known to this proof"),
        _ => {
            let (descriptor, target) = descriptor(arguments).context("no descriptor")?;
            match (name, target) {
                (_, Target::Gone) => None,
                ("sendto" | "write" | "writev", Target::Socket(socket)) => {
                    Some(Deed::Sent { socket, data: data() })
                }
                ("recvfrom", Target::Socket(socket)) => Some(Deed::Received { socket, data: data() }),
                (_, Target::Socket(_) | Target::Other) => None,
                ("lseek", Target::File(_)) => {
                    positions.insert(descriptor, u64::try_from(result)?);
                    None
                }
                ("write" | "writev", Target::File(path)) => {
                    let data = data();
                    let Some(end) = positions.get_mut(&descriptor) else {
                        return Ok(Some(Deed::WriteSomewhere { path }));
                    };
                    let offset = *end;
                    *end += data.len() as u64;
                    Some(Deed::Write { path, offset, data })
                }
                ("pwrite64" | "pwritev" | "pwritev2", Target::File(path)) => {
                    Some(Deed::Write { path, offset: last()?, data: data() })
                }
                ("ftruncate", Target::File(path)) => Some(Deed::Resize { path, length: last()? }),
                ("fsync" | "fdatasync", Target::File(path)) => Some(Deed::Sync { path }),
                // Only what is kept back for a full disk is made so, and it holds nothing.
                ("fallocate", Target::File(path)) if path.ends_with("reserve") => None,
                _ => bail!("{name} is not known to this proof"),
            }
        }
    })
}

/// What a descriptor stands for.
enum Target {
    File(PathBuf),
    Socket(String),
    /// A file that has no name any more.
    Gone,
    Other,
}

/// The first argument, such as `4<\x2f\x74>` or `6<TCP:[127.0.0.1:4->127.0.0.1:5]>`.
fn descriptor(arguments: &str) -> Option<(u32, Target)> {
    let (number, rest) = arguments.split_once('<')?;
    let number = number.parse().ok()?;
    let end = rest.find(", ").unwrap_or(rest.len());
    let (what, after) = rest[..end].rsplit_once('>')?;
    let target = match what {
        _ if after.contains("deleted") => Target::Gone,
        file if file.starts_with("\\x2f") => match hex(file).ok()? {
            gone if gone.ends_with(b" (deleted)") => Target::Gone,
            name => Target::File(path(name)),
        },
        socket if socket.starts_with("TCP") => Target::Socket(socket.to_owned()),
        _ => Target::Other,
    };
    Some((number, target))
}

/// The contents of every text among the arguments.
fn texts(arguments: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    ensure!(!arguments.contains("\"..."), "a text was cut short");
    arguments.split('"').skip(1).step_by(2).map(hex).collect()
}

/// Bytes that are written as `\x2f\x74`.
fn hex(text: &str) -> anyhow::Result<Vec<u8>> {
    let digits = text.split("\\x").skip(1);
    digits.map(|byte| u8::from_str_radix(byte, 16).with_context(|| format!("`{byte}` is no byte"))).collect()
}

fn path(name: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from_vec(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(text: &str) -> String {
        text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
    }

    #[test]
    fn calls_of_several_threads_are_told_apart_by_where_they_begin_and_end() {
        let (a, hello) = (spelt("/d/a"), spelt("hello"));
        let text = format!(
            "1 openat(AT_FDCWD<{a}>, \"{a}\", O_RDWR|O_CREAT, 0644) = 3<{a}>\n\
             1 lseek(3<{a}>, 10, SEEK_SET) = 10\n\
             1 write(3<{a}>, \"{hello}\", 5 <unfinished ...>\n\
             2 sendto(6<TCP:[127.0.0.1:1->127.0.0.1:2]>, \"{hello}\", 5, 0, NULL, 0) = 4\n\
             1 <... write resumed>) = 5\n\
             1 write(3<{a}>, \"{hello}\", 5) = -1 ENOSPC (No space left on device)\n\
             1 fsync(3<{a}> <unfinished ...>\n\
             1 +++ killed by SIGKILL +++\n"
        );
        let file = PathBuf::from("/d/a");
        let calls = read(&text).unwrap();
        let deeds: Vec<_> = calls.iter().map(|call| (call.began, call.ended, call.deed.clone())).collect();
        let open = Deed::Open { path: file.clone(), create: true, empty: false };
        let sent = Deed::Sent { socket: "TCP:[127.0.0.1:1->127.0.0.1:2]".into(), data: b"hell".into() };
        let expected = vec![
            (0, 0, open),
            (2, 4, Deed::Write { path: file.clone(), offset: 10, data: b"hello".into() }),
            (3, 3, sent),
            (6, usize::MAX, Deed::Sync { path: file }),
        ];
        assert_eq!(deeds, expected);
    }

    #[test]
    fn what_is_not_understood_is_told_and_not_skipped() {
        let a = spelt("/d/a");
        assert!(read(&format!("1 link(\"{a}\", \"{a}\") = 0\n")).is_err());
        assert!(read(&format!("1 write(3<{a}>, \"{a}\"..., 5) = 5\n")).is_err());
        let elsewhere = read(&format!("1 write(9<{a}>, \"{a}\", 4) = 4\n")).unwrap();
        assert_eq!(elsewhere[0].deed, Deed::WriteSomewhere { path: "/d/a".into() });
    }
}
