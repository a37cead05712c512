//! What a user types, as the device's line editor takes it: echoed, one line at a time, the rest kept for later.

use std::collections::VecDeque;

use crate::ssh::{HungUp, Wire};

/// The input of a session.
#[derive(Debug)]
pub(super) struct Keyboard {
    keys: VecDeque<u8>,
    /// The last key was a return, so a line feed belongs to it.
    after_return: bool,
    echo: Vec<u8>,
    end_of_line: &'static str,
}

impl Keyboard {
    pub(super) fn new(double_return: bool) -> Self {
        let end_of_line = if double_return { "\r\r\n" } else { "\r\n" };
        Self { keys: VecDeque::new(), after_return: false, echo: Vec::new(), end_of_line }
    }

    /// The next line, echoed.
    pub(super) async fn line(&mut self, wire: &mut Wire) -> Result<String, HungUp> {
        self.read(wire, Echo::Plain).await
    }

    /// The next line, of which only the end is echoed.
    pub(super) async fn secret(&mut self, wire: &mut Wire) -> Result<String, HungUp> {
        self.read(wire, Echo::None).await
    }

    /// The next line, echoed as stars.
    pub(super) async fn starred(&mut self, wire: &mut Wire) -> Result<String, HungUp> {
        self.read(wire, Echo::Stars).await
    }

    /// The next key, not echoed.
    pub(super) async fn key(&mut self, wire: &mut Wire) -> Result<u8, HungUp> {
        loop {
            if let Some(key) = self.keys.pop_front() {
                return Ok(key);
            }
            if !self.echo.is_empty() {
                wire.send(std::mem::take(&mut self.echo)).await?;
            }
            self.keys.extend(wire.receive().await?);
        }
    }

    async fn read(&mut self, wire: &mut Wire, echoed: Echo) -> Result<String, HungUp> {
        let mut line = String::new();
        loop {
            let key = self.key(wire).await?;
            let second_half = key == b'\n' && std::mem::take(&mut self.after_return);
            self.after_return = key == b'\r';
            match key {
                b'\n' if second_half => {}
                b'\r' | b'\n' => break,
                CONTROL_C => {
                    line.clear();
                    break;
                }
                CONTROL_U => {
                    let erased = ERASE.repeat(line.len());
                    self.echo(erased.as_bytes(), echoed);
                    line.clear();
                }
                BACKSPACE | DELETE => {
                    let erased = line.pop().map_or("", |_| ERASE);
                    self.echo(erased.as_bytes(), echoed);
                }
                b' '..=b'~' if line.len() < LONGEST => {
                    line.push(char::from(key));
                    let shown = if echoed == Echo::Stars { b'*' } else { key };
                    self.echo(&[shown], echoed);
                }
                b' '..=b'~' => self.echo(b"\x07", Echo::Plain),
                _ => {}
            }
        }
        self.echo(self.end_of_line.as_bytes(), Echo::Plain);
        wire.send(std::mem::take(&mut self.echo)).await?;
        Ok(line)
    }

    fn echo(&mut self, bytes: &[u8], echoed: Echo) {
        if echoed != Echo::None {
            self.echo.extend_from_slice(bytes);
        }
    }
}

/// What is shown of what is typed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Echo {
    Plain,
    Stars,
    None,
}

/// The longest command that IOS takes.
const LONGEST: usize = 254;
const CONTROL_C: u8 = 0x03;
const BACKSPACE: u8 = 0x08;
const CONTROL_U: u8 = 0x15;
const DELETE: u8 = 0x7f;
const ERASE: &str = "\x08 \x08";
