//! `completion`.

use clap::Command;
use clap_complete::Shell;

use crate::context::Context;

/// Print a script that completes commands and options in a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  source <(updraft completion bash)\n  \
                  updraft completion zsh > \"${fpath[1]}/_updraft\"\n  \
                  updraft completion fish > ~/.config/fish/completions/updraft.fish")]
pub(crate) struct Args {
    /// The shell
    #[arg(value_parser = clap::builder::EnumValueParser::<Shell>::new())]
    shell: Shell,
}

impl Args {
    /// For the name that the program was called by.
    pub(crate) fn run(&self, context: &Context, mut command: Command) -> anyhow::Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, context.program, &mut script);
        context.print(String::from_utf8(script)?.trim_end())
    }
}
