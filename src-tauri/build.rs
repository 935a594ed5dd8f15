//! Lets Tauri check its configuration and capabilities at build time.

fn main() {
    tauri_build::build();
}
