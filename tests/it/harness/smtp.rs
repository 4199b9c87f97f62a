//! A real SMTP server in a process of its own (aiosmtpd), and the mailbox it fills.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
};

use mail_parser::MessageParser;
use tempfile::TempDir;

/// A running server; it ends with the test.
pub struct SmtpServer {
    process: Child,
    mailbox: TempDir,
    pub url: String,
}

/// A mail as its recipient has it.
#[derive(Clone, Debug)]
pub struct Received {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub message_id: String,
}

impl SmtpServer {
    /// Starts a server on a free port and waits until it answers.
    pub fn start() -> Self {
        let mailbox = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/python");
        assert!(tools.exists(), "the mail tests need aiosmtpd: run `make tools`");
        let mut process = Command::new("python3")
            .env("PYTHONPATH", tools)
            .args(["-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Mailbox"])
            .arg(mailbox.path().join("mail"))
            .args(["-l", &address.to_string(), "-d"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_until_it_listens(&mut process);
        assert!(TcpStream::connect(address).is_ok());
        Self { process, mailbox, url: format!("smtp://{address}") }
    }

    /// Every mail that has arrived, in no particular order.
    pub fn mails(&self) -> Vec<Received> {
        let files = fs::read_dir(self.mailbox.path().join("mail/new")).unwrap();
        files.map(|file| Received::parse(&fs::read(file.unwrap().path()).unwrap())).collect()
    }

    /// Takes every mail that has arrived out of the mailbox.
    pub fn take(&self) -> Vec<Received> {
        let mails = self.mails();
        for file in fs::read_dir(self.mailbox.path().join("mail/new")).unwrap() {
            fs::remove_file(file.unwrap().path()).unwrap();
        }
        mails
    }
}

/// It says "Server is listening" on its log; reading on keeps the pipe empty.
fn wait_until_it_listens(process: &mut Child) {
    let mut log = BufReader::new(process.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("listening") {
        line.clear();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "the SMTP server ended before it listened");
    }
    std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Received {
    fn parse(bytes: &[u8]) -> Self {
        let mail = MessageParser::default().parse(bytes).unwrap();
        let recipients: Vec<_> = mail.to().unwrap().iter().collect();
        assert_eq!(recipients.len(), 1, "a mail has one recipient");
        Self {
            to: recipients[0].address().unwrap().to_owned(),
            subject: mail.subject().unwrap().to_owned(),
            text: mail.body_text(0).unwrap().into_owned(),
            html: mail.body_html(0).unwrap().into_owned(),
            message_id: mail.message_id().unwrap().to_owned(),
        }
    }

    /// The personal link: the line of the text that is an address under `path`.
    pub fn link(&self, path: &str) -> String {
        let line = self.text.lines().find(|line| line.starts_with("http") && line.contains(path));
        line.unwrap_or_else(|| panic!("no {path} link in:\n{}", self.text)).trim().to_owned()
    }
}
