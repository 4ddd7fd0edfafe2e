//! Somebody who keeps asking for a name, and tells the longest time without an answer.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// How long an answer is waited for until it is asked anew; no part of what is told.
const PATIENCE: Duration = Duration::from_millis(100);

pub(super) struct Prober {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<std::io::Result<Duration>>,
}

impl Prober {
    /// Asks a server on loopback.
    pub(super) fn start(port: u16, name: &str) -> Self {
        let (stop, name) = (Arc::new(AtomicBool::new(false)), name.to_owned());
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut longest = Duration::ZERO;
            while !stopped.load(Ordering::Relaxed) {
                let asked = Instant::now();
                wait(port, &name, &stopped)?;
                longest = longest.max(asked.elapsed());
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok(longest)
        });
        Self { stop, thread }
    }

    /// The longest wait for an answer.
    pub(super) fn stop(self) -> Result<Duration> {
        self.stop.store(true, Ordering::Relaxed);
        Ok(self.thread.join().ok().context("whoever asked has panicked")??)
    }
}

/// Waits until a name is answered, whatever the answer is.
pub(super) fn wait(port: u16, name: &str, stop: &AtomicBool) -> std::io::Result<Option<u8>> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(("127.0.0.1", port))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut answer = [0; 512];
    while !stop.load(Ordering::Relaxed) {
        // One that nobody listens for is refused; it is asked again as well.
        let _ = socket.send(&question(name));
        match socket.recv(&mut answer) {
            Ok(length) if length > 3 => return Ok(Some(answer[3] & 0x0f)),
            _ => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    Ok(None)
}

fn question(name: &str) -> Vec<u8> {
    let mut question = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        question.push(label.len() as u8);
        question.extend_from_slice(label.as_bytes());
    }
    question.extend_from_slice(&[0, 0, 1, 0, 1]);
    question
}
