//! A group of commands.

/// The enum `Command` of a group, of modules that have a command's `Args` each.
macro_rules! subcommands {
    ($($name:ident($module:ident)),+ $(,)?) => {
        #[derive(Debug, clap::Subcommand)]
        pub(crate) enum Command {
            $($name(Box<$module::Args>),)+
        }

        impl Command {
            pub(crate) async fn run(self, context: &crate::context::Context) -> anyhow::Result<()> {
                match self {
                    $(Self::$name(arguments) => Box::pin((*arguments).run(context)).await,)+
                }
            }
        }
    };
}

pub(crate) use subcommands;
