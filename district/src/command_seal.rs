//! The commands about the seal on PDFs: its key and certificates, and trying it on a file.

use crate::{Home, off, open};
use clap::Subcommand;
use jukung_district::signature::key;
use jukung_district::signature::local::Authority;
use jukung_domain::problem::Problem;
use jukung_ledger::private;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum OnPdf {
    /// The seal's key and certificates.
    SealKey {
        #[command(subcommand)]
        what: What,
    },
    /// Seals a PDF as papers are sealed, to try a certificate or a time-stamping authority (JUKUNG_TSA_URL).
    Seal {
        /// The PDF.
        file: PathBuf,
        /// The new file.
        to: PathBuf,
        #[command(flatten)]
        home: Home,
    },
    /// Prints what the signatures of a PDF say, as JSON; exits 1 unless it is signed, whole and unchanged.
    Signatures {
        /// The PDF.
        file: PathBuf,
        #[command(flatten)]
        home: Home,
    },
}

#[derive(Subcommand)]
pub enum What {
    /// Prints the certificates, one JSON line each: name, issuer, SHA-256, seconds since 1970 until which it holds.
    Show {
        #[command(flatten)]
        home: Home,
    },
    /// Prints a request (PKCS#10) for a certificate of this key.
    Request {
        /// Name that the certificate shall bear, e.g. "Dinas Dukcapil Kabupaten Tapin".
        #[arg(long)]
        name: String,
        #[command(flatten)]
        home: Home,
    },
    /// Puts the Dinas's own certificate in; the server takes it at its next start.
    Import {
        /// PEM with the certificate first and those above it behind.
        #[arg(long)]
        certificates: PathBuf,
        /// Its key (PKCS#8 PEM of P-256, no passphrase), when it is not the one that is here.
        #[arg(long)]
        key: Option<PathBuf>,
        #[command(flatten)]
        home: Home,
    },
}

fn read(file: &Path) -> Result<Vec<u8>, Problem> {
    std::fs::read(file).map_err(|e| Problem::new("file_unreadable").with("file", file.display()).with("why", e))
}

/// Does what one of them asks.
pub async fn run(command: OnPdf) -> Result<(), Problem> {
    match command {
        OnPdf::SealKey { what: What::Show { home } } => {
            off(move || open(&home)?.seal_shown()).await?.iter().try_for_each(crate::line)
        }
        OnPdf::SealKey { what: What::Request { name, home } } => {
            print!("{}", off(move || open(&home)?.seal_request(&name)).await?);
            Ok(())
        }
        OnPdf::SealKey { what: What::Import { certificates, key, home } } => {
            let import = move || {
                open(&home)?;
                let key = key.map(|file| read(&file)).transpose()?;
                key::import(&home.data, &read(&certificates)?, key.as_deref())
            };
            off(import).await?.iter().try_for_each(crate::line)
        }
        OnPdf::Seal { file, to, home } => {
            let (district, pdf) = off(move || Ok((open(&home)?, read(&file)?))).await?;
            let authority = Authority::from_environment().map_err(|e| Problem::new("internal").with("at", e))?;
            let sealed = district.seal_with(authority, &pdf, "Uji segel").await?;
            let failed = |e| Problem::new("file_unwritable").with("file", to.display()).with("why", e);
            private::new_file(&to).and_then(|mut f| std::io::Write::write_all(&mut f, &sealed.pdf)).map_err(failed)?;
            // Dropping it closes the database, whose client runs its own loop.
            off(move || {
                drop(district);
                Ok(())
            })
            .await?;
            println!("{:?}", sealed.time);
            Ok(())
        }
        OnPdf::Signatures { file, home } => {
            let seen = off(move || open(&home)?.signatures_of(&read(&file)?)).await?;
            crate::line(&seen)?;
            if seen.is_whole() { Ok(()) } else { Err(Problem::new("pdf_not_whole")) }
        }
    }
}
