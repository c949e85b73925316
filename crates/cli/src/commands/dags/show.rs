//! `dags show`.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Context as _;

use crate::{context::Context, failure::Failure, graph, stored_dag};

/// Draw the tasks of a DAG and how they follow each other, as text for Graphviz
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  updraft dags show etl\n  updraft dags show etl --save etl.svg"
)]
pub(crate) struct Args {
    /// The DAG
    dag_id: String,
    /// Write into this file: the text if it ends with .dot or .gv, otherwise the picture that
    /// Graphviz's `dot` makes of it (.png, .svg, .pdf …)
    #[arg(short, long, value_name = "FILE")]
    save: Option<PathBuf>,
    #[arg(long, hide = true)]
    imgcat: bool,
    /// Accepted for compatibility; DAGs are read from the metadata database
    #[arg(short = 'S', long, hide = true)]
    subdir: Option<String>,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        if self.imgcat {
            return Err(self.no_imgcat(context.program).into());
        }
        let db = context.database().await?;
        let stored = stored_dag::require(context, &db, &self.dag_id).await?;
        let text = graph::dot(stored.text())
            .with_context(|| format!("the stored form of DAG {} cannot be drawn", self.dag_id))?;
        let Some(file) = self.save else {
            return context.print(&text);
        };
        save(&file, &text)?;
        context.print(&format!("File {} saved", file.display()))
    }

    fn no_imgcat(&self, program: &str) -> Failure {
        if self.save.is_some() {
            return Failure::new(
                "Option --save and --imgcat are mutually exclusive. Please remove one option to \
                 execute the command.",
            );
        }
        Failure::new("--imgcat is not supported").with_hint(format!(
            "`{program} dags show {0} --save {0}.png` writes the picture, which `imgcat {0}.png` shows",
            self.dag_id
        ))
    }
}

fn save(file: &Path, text: &str) -> anyhow::Result<()> {
    let form = file.extension().and_then(|extension| extension.to_str());
    match form {
        None | Some("dot" | "gv") => {
            std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
        }
        Some(form) => draw(file, form, text),
    }
}

/// Has Graphviz make the picture.
fn draw(file: &Path, form: &str, text: &str) -> anyhow::Result<()> {
    let child = Command::new("dot")
        .arg(format!("-T{form}"))
        .arg("-o")
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|error| no_graphviz(file, &error))?;
    if let Some(mut input) = child.stdin.take() {
        // A child that ended early says so by its code.
        let _ = input.write_all(text.as_bytes());
    }
    let output = child
        .wait_with_output()
        .context("`dot` cannot be waited for")?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let message = format!("`dot` cannot write {}: {}", file.display(), said.trim());
    Err(Failure::new(message)
        .with_hint("`dot -T?` lists the forms that it knows; .dot is always there")
        .into())
}

fn no_graphviz(file: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!(
        "{} is made by `dot` of Graphviz, which cannot be started: {error}",
        file.display()
    ))
    .with_hint(format!(
        "install it (`apt install graphviz`), or save the text: {}",
        file.with_extension("dot").display()
    ))
}
